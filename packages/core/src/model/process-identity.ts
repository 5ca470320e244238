/** A process, told from all others on all machines. */
export interface ProcessIdentity {
  /** Holds no `@`. */
  id: string;
  /** Whether the process of that id runs; `undefined` when it cannot be told, as for another machine. */
  isRunning(id: string): Promise<boolean | undefined>;
}
