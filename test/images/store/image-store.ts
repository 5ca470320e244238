/** Where a runtime keeps its images. References are full, with tag. */
export interface ImageStore {
  /** The labels of an image, or undefined when the store has no such image. */
  labels(reference: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** Fetches an image from its registry. Returns the problem, if any. */
  pull(reference: string): Promise<string | undefined>;
  /** Takes over an image from its folder; see `writeImage`. */
  load(folder: string, reference: string): Promise<void>;
  /** Gives an image a second reference; absent where a store cannot. */
  tag?(reference: string, alias: string): Promise<void>;
  /** Ends the use of the store. */
  close(): Promise<void>;
}
