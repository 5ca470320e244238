import type { LogEntry, LogOptions } from "@k3d/core/runtime";
import { failureError } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { inspectContainer } from "./inspect.js";
import { toDate } from "./log-lines.js";
import { mergeLines } from "./log-merge.js";

/** The log of a container, oldest lines first. */
export async function* containerLogs(
  cli: PodmanCli,
  id: string,
  options: LogOptions,
): AsyncGenerator<LogEntry, void, void> {
  const { follow = false, timestamps = false, signal } = options;
  if (follow && signal?.aborted === true) return;
  const running = await cli.stream(logArgs(id, options), { signal });
  running.stdin.end();
  try {
    for await (const batch of mergeLines(running.stdout, running.stderr)) {
      for (const { stream, line, moment } of batch) {
        // Podman's own complaint is on stderr as well; it is told by the exit code.
        if (stream === "stderr" && moment.seconds === 0) continue;
        yield timestamps ? { stream, line, timestamp: toDate(moment) } : { stream, line };
      }
    }
    const result = await running.ended;
    if (result.exitCode !== 0) {
      // A remote podman 4 does not tell a missing container from a broken connection.
      await inspectContainer(cli, id, { signal });
      throw failureError(result, { action: `read the log of container '${id}'` });
    }
  } catch (error) {
    if (follow && signal?.aborted === true) return;
    throw error;
  } finally {
    running.kill();
  }
}

function logArgs(id: string, { follow, since, tail }: LogOptions): string[] {
  return [
    "logs",
    "--timestamps",
    ...(follow === true ? ["--follow"] : []),
    ...(since === undefined ? [] : [`--since=${since.toISOString()}`]),
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    id,
  ];
}
