import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SetupError } from "./setup-error.ts";

/**
 * Runs a task while no other process of this machine runs one under the same lock file.
 *
 * The kernel holds the lock through util-linux' flock, whose life is tied to this process by a
 * pipe: however this process ends, the lock is free again and no stale file can block anyone.
 *
 * @param timeout seconds to wait for another holder
 * @throws SetupError when another process holds the lock for longer
 */
export async function withLock<T>(file: string, task: () => Promise<T>, timeout = 600): Promise<T> {
  mkdirSync(dirname(file), { recursive: true });
  const holder = spawn("flock", ["-w", String(timeout), file, "sh", "-c", "echo held && cat"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(holder, "close");
  const first = await Promise.race([once(holder.stdout, "data"), ended.then(() => undefined)]);
  if (first === undefined) {
    throw new SetupError(
      `${file} is still locked after ${timeout} s`,
      "wait for the other set-up to end",
    );
  }
  try {
    return await task();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
