import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, throwIfAborted } from "@k3d/core";
import { commandFailed, tryRun } from "../host/run.ts";

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Others may hold it in this mode too. Default `false`. */
  shared?: boolean;
  /** Seconds to wait at most. Default 120. */
  timeoutSeconds?: number;
}

const CONFLICT = 75;

/**
 * Locks between processes, one file each.
 *
 * `flock` locks the open file, which this process shares with it and keeps:
 * the kernel frees the lock when the file is closed or this process ends,
 * however it ends, so no lock is ever stale.
 */
export class Locks {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @throws `LOCKED` when others hold it for too long; `ABORTED`. */
  async with<T>(name: string, action: () => Promise<T>, options: LockOptions = {}): Promise<T> {
    throwIfAborted(options.signal);
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = await open(join(this.#directory, `${name}.lock`), "a", 0o600);
    try {
      await this.#acquire(file.fd, name, options);
      return await action();
    } finally {
      await file.close();
    }
  }

  /** Deletes the file of a lock whose object is gone for good; whoever waits for it will find the object missing. */
  async forget(name: string): Promise<void> {
    await rm(join(this.#directory, `${name}.lock`), { force: true });
  }

  async #acquire(
    fd: number,
    name: string,
    { signal, shared = false, timeoutSeconds = 120 }: LockOptions,
  ): Promise<void> {
    const args = [
      shared ? "--shared" : "--exclusive",
      "--timeout",
      String(timeoutSeconds),
      "--conflict-exit-code",
      String(CONFLICT),
      "3",
    ];
    const result = await tryRun("flock", args, { extraFds: [fd], signal });
    if (result.exitCode === CONFLICT) {
      throw new K3dError(
        "LOCKED",
        `Another process has held the lock "${name}" for more than ${timeoutSeconds} seconds`,
        {
          hint: "Wait for the other k3d command, or end it",
        },
      );
    }
    if (result.exitCode !== 0) throw commandFailed("flock", args, result);
  }
}
