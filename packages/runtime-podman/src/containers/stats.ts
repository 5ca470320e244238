import { K3dError, type CallOptions, type ContainerStats } from "@k3d/core/runtime";
import type { PodmanCli } from "../command/podman-cli.js";
import { containerStatus } from "./from-native.js";
import { inspectContainer } from "./inspect.js";

/** Podman's JSON has these rounded, as text for people; the embedded struct of the template has them as they are. */
const FORMAT = "{{.CPUNano}} {{.ContainerStats.MemUsage}} {{.ContainerStats.PIDs}}";

/** @see ContainerOperations.stats */
export async function readStats(
  cli: PodmanCli,
  id: string,
  options: CallOptions,
): Promise<ContainerStats> {
  const context = { action: `measure container '${id}'` };
  const json = await inspectContainer(cli, id, options);
  const status = containerStatus(json);
  if (status !== "running" && status !== "paused") {
    throw new K3dError("CONTAINER_FAILED", `Cannot measure container '${id}': it is not running`);
  }
  const text = await cli.text(
    ["stats", "--no-stream", "--no-reset", `--format=${FORMAT}`, id],
    context,
    options,
  );
  const stats = parseStats(text, json.HostConfig.Memory || undefined);
  if (stats) return stats;
  throw new K3dError(
    "RUNTIME_ERROR",
    `Cannot measure container '${id}': podman reported no figures`,
    {
      details: { stdout: text },
    },
  );
}

/** `undefined` where podman printed anything else than three numbers. */
export function parseStats(text: string, limit: number | undefined): ContainerStats | undefined {
  const [, cpu, memory, tasks] = /^(\d+) (\d+) (\d+)$/.exec(text.trim()) ?? [];
  if (cpu === undefined) return undefined;
  return {
    time: new Date(),
    cpuNanoseconds: Number(cpu),
    memoryBytes: Number(memory),
    memoryLimitBytes: limit,
    tasks: Number(tasks),
  };
}
