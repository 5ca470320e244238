import type { LogEntry, LogOptions } from "@k3d/core/runtime";
import type { PodmanCli } from "../command/podman-cli.js";
import { followedLog } from "./follow-log.js";
import { toDate } from "./log-lines.js";
import { readLog } from "./read-log.js";

/**
 * The log of a container, oldest lines first.
 *
 * @param local whether the container's processes are on this machine.
 */
export async function* containerLogs(
  cli: PodmanCli,
  id: string,
  options: LogOptions,
  local: boolean,
): AsyncGenerator<LogEntry, void, void> {
  const { follow = false, timestamps = false, signal } = options;
  if (follow && signal?.aborted === true) return;
  const batches = follow ? followedLog(cli, id, options, local) : readLog(cli, id, options);
  try {
    for await (const batch of batches) {
      for (const { stream, line, moment } of batch) {
        yield timestamps ? { stream, line, timestamp: toDate(moment) } : { stream, line };
      }
    }
  } catch (error) {
    if (follow && signal?.aborted === true) return;
    throw error;
  }
}
