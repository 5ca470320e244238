/**
 * The podman processes that run. They have process groups of their own, so that
 * Ctrl-C in a terminal reaches them through abort signals only and does not
 * break the commands that clean up; therefore they are ended here when this
 * process ends.
 */
export class ChildProcesses {
  /** How to end each, and when it has. */
  readonly #running = new Map<() => void, Promise<unknown>>();
  readonly #endAll = (): void => {
    for (const end of this.#running.keys()) end();
  };

  add(end: () => void, ended: Promise<unknown>): void {
    if (this.#running.size === 0) process.once("exit", this.#endAll);
    this.#running.set(end, ended);
    const remove = (): void => {
      this.#running.delete(end);
      if (this.#running.size === 0) process.off("exit", this.#endAll);
    };
    ended.then(remove, remove);
  }

  /** Asks all to end and resolves when they have. */
  async end(): Promise<void> {
    const ended = [...this.#running.values()];
    this.#endAll();
    await Promise.allSettled(ended);
  }
}
