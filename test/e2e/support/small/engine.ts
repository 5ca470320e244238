/** An engine of the test's own, all of whose data is on a small disk. */
export interface SmallEngine {
  /** Where the disk is mounted. */
  readonly data: string;
  /** What k3d's environment must say to use it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What runs k3d's command lines, such as `nsenter`. */
  readonly around: readonly string[];
  /** Copies images from the engine that everybody uses. */
  copyImages(images: readonly string[]): Promise<void>;
  /** Runs a command in a container. @returns its output. */
  exec(container: string, ...command: string[]): Promise<string>;
  /** All containers with ids and states, all volumes and networks: from outside, in an order that does not change. */
  state(): Promise<string[][]>;
  /** Removes all of it. */
  dispose(): Promise<void>;
}

/** The lines of an engine's answers, sorted. */
export function sortedLines(answers: readonly string[]): string[][] {
  return answers.map((answer) => answer.split("\n").filter(Boolean).toSorted());
}
