import { DatastoreUnavailable } from "./types.ts";

/** Lets callers wait for a condition that is looked at whenever a member moves on. */
export class Progress {
  readonly #checks = new Set<() => void>();
  #stopped = false;

  wake(): void {
    for (const check of this.#checks) check();
  }

  /** Rejects everybody who still waits. */
  stop(): void {
    this.#stopped = true;
    this.wake();
  }

  /** Resolves once `condition` holds. Throws DatastoreUnavailable after `timeoutMs`, and when stopped. */
  waitFor(condition: () => boolean, timeoutMs: number): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (error?: Error): void => {
        clearTimeout(timer);
        this.#checks.delete(check);
        if (error) reject(error);
        else resolve();
      };
      const check = (): void => {
        if (condition()) done();
        else if (this.#stopped) done(new DatastoreUnavailable("etcdserver: server stopped"));
      };
      const timer = setTimeout(
        () => done(new DatastoreUnavailable("etcdserver: request timed out")),
        timeoutMs,
      );
      this.#checks.add(check);
    });
  }
}
