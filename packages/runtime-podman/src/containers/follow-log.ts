import { isK3dError, type LogOptions } from "@k3d/core/runtime";
import type { PodmanCli } from "../command/podman-cli.js";
import { inspectContainer } from "./inspect.js";
import type { MergedLine } from "./log-merge.js";
import { readLog } from "./read-log.js";

/**
 * The log of a container until it ends.
 *
 * Once a container has ended, `podman logs --follow` leaves out lines at random where its reader is
 * slower than itself (containers/podman#21914); without `--follow` it does not. So what comes after
 * the end is not passed on, but read anew. That is known where the process can be seen, and where
 * the lines can be counted: not from a remote podman, and not of the last `tail` of a running one.
 */
export async function* followedLog(
  cli: PodmanCli,
  id: string,
  options: LogOptions,
  local: boolean,
): AsyncGenerator<MergedLine[], void, void> {
  const { since, tail, signal } = options;
  const pidNow = async (): Promise<number> =>
    (await inspectContainer(cli, id, { signal })).State.Pid;
  const seen = await pidNow();
  // One that is not seen has ended just now, or belongs to another PID namespace.
  const pid = !local || lives(seen) ? seen : await pidNow();
  if (pid === 0) return yield* readLog(cli, id, { ...options, follow: false });
  if (!local || tail !== undefined || !lives(pid)) return yield* readLog(cli, id, options);

  const passedOn = { stdout: 0, stderr: 0 };
  for await (const batch of readLog(cli, id, options)) {
    if (!lives(pid)) continue;
    for (const { stream } of batch) passedOn[stream]++;
    yield batch;
  }
  try {
    for await (const batch of readLog(cli, id, { since, signal }))
      yield batch.filter(({ stream }) => passedOn[stream]-- <= 0);
  } catch (error) {
    // Who removes a container as soon as it has ended takes its log away.
    if (!isK3dError(error, "NOT_FOUND")) throw error;
  }
}

function lives(pid: number): boolean {
  if (pid === 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
