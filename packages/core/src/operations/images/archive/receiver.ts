/** What the files of an archive are written to while it is read. */
export interface ArchiveReceiver {
  /** Digests and sizes of what it has already. */
  readonly present: ReadonlyMap<string, number>;
  /** Digests that it was found to lack although they were taken to be there. */
  readonly missing: Set<string>;
  /** It takes nothing more. */
  readonly isOver: boolean;
  /** Whether it can do without a file of this size, and of this digest where it is known. */
  canSpare(size: number, digest: string | undefined, bySize: boolean): boolean;
  /** Notes that so many bytes need not be written. */
  spare(bytes: number): void;
  begin(name: string, size: number): void;
  /** Resolves when there is room for more. */
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}
