import { mkdir, open, rm, stat, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, throwIfAborted } from "@k3d/core/runtime";
import { commandFailed, tryRun } from "../host/run.ts";
import { ignoreMissing } from "../host/json-file.ts";

export interface LockOptions {
  signal?: AbortSignal | undefined;
  /** Others may hold it in this mode too. Default `false`. */
  shared?: boolean;
  /** Seconds to wait at most; `Infinity`: as long as others hold it, who are alive. Default 120. */
  timeoutSeconds?: number;
}

const CONFLICT = 75;
const DEFAULT_SECONDS = 120;

/**
 * Locks between processes, one file each.
 *
 * `flock` locks the open file, which this process shares with it and keeps:
 * the kernel frees the lock when the file is closed or this process ends,
 * however it ends, so no lock is ever stale.
 */
export class Locks {
  readonly #directory: string;
  readonly #timeoutSeconds: number;

  /** @param timeoutSeconds the default of {@link LockOptions.timeoutSeconds}; another one in tests. */
  constructor(directory: string, timeoutSeconds = DEFAULT_SECONDS) {
    this.#directory = directory;
    this.#timeoutSeconds = timeoutSeconds;
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
    const { timeoutSeconds = this.#timeoutSeconds } = options;
    const deadline = performance.now() + timeoutSeconds * 1000;
    for (;;) {
      const file = await open(path, "a", 0o600);
      try {
        const left = Math.max(0, deadline - performance.now()) / 1000;
        const isFree = await acquire(file.fd, left, options);
        if (!isFree) throw heldFor(name, timeoutSeconds);
        if (await isAt(file, path)) return file;
      } catch (error) {
        await file.close();
        throw error;
      }
      await file.close();
    }
  }
}

/** @returns whether it was free in time. */
async function acquire(
  fd: number,
  secondsLeft: number,
  { signal, shared = false }: LockOptions,
): Promise<boolean> {
  const args = [
    shared ? "--shared" : "--exclusive",
    ...(Number.isFinite(secondsLeft) ? ["--timeout", secondsLeft.toFixed(3)] : []),
    "--conflict-exit-code",
    String(CONFLICT),
    "3",
  ];
  const result = await tryRun("flock", args, { extraFds: [fd], signal });
  if (result.exitCode === CONFLICT) return false;
  if (result.exitCode !== 0) throw commandFailed("flock", args, result);
  return true;
}

function heldFor(name: string, seconds: number): K3dError {
  return new K3dError(
    "LOCKED",
    `Another process has held the lock '${name}' for more than ${seconds} seconds`,
    { hint: "Wait for the other k3d command, or end it" },
  );
}

/** Whether an open file is the one that a path leads to. */
async function isAt(file: FileHandle, path: string): Promise<boolean> {
  const [own, present] = await Promise.all([
    file.stat({ bigint: true }),
    stat(path, { bigint: true }).catch(ignoreMissing),
  ]);
  return present !== undefined && present.ino === own.ino && present.dev === own.dev;
}
