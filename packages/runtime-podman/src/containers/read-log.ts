import type { LogOptions } from "@k3d/core/runtime";
import { failureError } from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { inspectContainer } from "./inspect.js";
import { mergeLines, type MergedLine } from "./log-merge.js";

/** What `podman logs` writes, in the order of its times. */
export async function* readLog(
  cli: PodmanCli,
  id: string,
  options: LogOptions,
): AsyncGenerator<MergedLine[], void, void> {
  const { signal } = options;
  const running = await cli.stream(logArgs(id, options), { signal });
  running.stdin.end();
  try {
    for await (const batch of mergeLines(running.stdout, running.stderr)) {
      // Podman's own complaint is on stderr as well; it is told by the exit code.
      yield batch.filter(({ stream, moment }) => stream === "stdout" || moment.seconds !== 0);
    }
    const result = await running.ended;
    if (result.exitCode !== 0) {
      // A remote podman 4 does not tell a missing container from a broken connection.
      await inspectContainer(cli, id, { signal });
      throw failureError(result, { action: `read the log of container '${id}'` });
    }
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
