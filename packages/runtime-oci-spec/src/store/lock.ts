import { mkdir, open, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, throwIfAborted } from "@k3d/core/runtime";
import { commandFailed, tryRun } from "../host/run.ts";
import { ignoreMissing } from "../host/json-file.ts";

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
    const file = await this.#take(name, options);
    try {
      return await action();
    } finally {
      await file.close();
    }
  }

  /** Deletes the file of a lock whose object is gone for good; whoever waits for it will find the object missing. */
  async forget(name: string): Promise<void> {
    await rm(join(this.#directory, `${name}.lock`), { force: true });
  }

  /**
   * Opens and locks the file, again where it was deleted in between: a lock on
   * a file without a name keeps nobody out who opens that name anew.
   */
  async #take(name: string, options: LockOptions): Promise<FileHandle> {
    const path = join(this.#directory, `${name}.lock`);
    const { timeoutSeconds = 120 } = options;
    const deadline = performance.now() + timeoutSeconds * 1000;
    for (;;) {
      const file = await open(path, "a", 0o600);
      try {
        const left = Math.max(0, deadline - performance.now()) / 1000;
        await this.#acquire(file.fd, name, left, options);
        if (await isAt(file, path)) return file;
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
    }
  }

  async #acquire(
    fd: number,
    name: string,
    secondsLeft: number,
    { signal, shared = false, timeoutSeconds = 120 }: LockOptions,
  ): Promise<void> {
    const args = [
      shared ? "--shared" : "--exclusive",
      "--timeout",
      secondsLeft.toFixed(3),
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

/** Whether an open file is the one that a path leads to. */
async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [own, present] = await Promise.all([
    file.stat({ bigint: true }),
    stat(path, { bigint: true }).catch(ignoreMissing),
  ]);
  return present !== undefined && present.ino === own.ino && present.dev === own.dev;
}
