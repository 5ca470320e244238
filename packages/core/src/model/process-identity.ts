/** A process, told from all others on all machines. */
export interface ProcessIdentity {
  /** Holds no `@`. */
  id: string;
  /**
   * Whether the process of that id runs; `undefined` when it cannot be told, as for another machine.
   *
   * @param since when it is known to have run: where processes are told by their numbers alone, one from before the machine's
   *   boot runs no more
   */
  isRunning(id: string, since?: Date): Promise<boolean | undefined>;
}
