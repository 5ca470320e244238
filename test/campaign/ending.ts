import type { ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { execa } from "execa";
import { pruneOf, registryOf } from "./operations.ts";
import { smallDisk } from "./together.ts";
import type { User } from "./user.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** Milliseconds for a command that was interrupted to end by itself. */
const GRACE_MS = 20_000;

/**
 * Aborted by the first signal that asks the campaign to end. Further ones change nothing: what it made is
 * being removed. Nor does it matter when nobody reads any more.
 */
export function endingSignal(): AbortSignal {
  const stop = new AbortController();
  for (const name of SIGNALS) process.on(name, () => stop.abort(new Error(`${name} came`)));
  process.stdout.on("error", () => {});
  return stop.signal;
}

/** Interrupts a command when the campaign ends, as its user would. */
export function endWith(stop: AbortSignal, child: ChildProcess): void {
  const end = (): void => {
    child.kill("SIGINT");
    const late = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    child.once("exit", () => clearTimeout(late));
  };
  if (stop.aborted) end();
  else {
    stop.addEventListener("abort", end, { once: true });
    child.once("exit", () => stop.removeEventListener("abort", end));
  }
}

/** Removes all that a campaign made, each part whatever became of the others. @throws the first failure. */
export async function cleanUp(
  user: User,
  clusters: readonly string[],
  close: () => Promise<void>,
): Promise<void> {
  const parts = [
    ...clusters.flatMap((cluster) => [
      () => user.k3d(["cluster", "delete", cluster, "--no-hooks"]),
      () => user.k3d(["registry", "delete", registryOf(cluster), "--force"]),
      () => user.k3d(pruneOf(cluster)),
    ]),
    close,
    () => execa("umount", ["-l", smallDisk(user)], { reject: false }),
    () => rm(user.home, { recursive: true, force: true }),
  ];
  const failures: unknown[] = [];
  for (const part of parts) await part().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
