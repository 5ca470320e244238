import { K3dError, type CallOptions, type ContainerStats } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";

/** The part of `GET /containers/{id}/stats` that is read. */
export interface StatsJson {
  /** The year 1 when the container does not run. */
  read: string;
  cpu_stats?: { cpu_usage?: { total_usage?: number } };
  memory_stats?: { usage?: number; limit?: number; stats?: Record<string, number> | null };
  pids_stats?: { current?: number };
}

/** Without a limit the engine names the machine's memory, and cgroup v1 a number beyond any machine's. */
export function toStats(json: StatsJson, limit: number | undefined): ContainerStats | undefined {
  const used = json.cpu_stats?.cpu_usage?.total_usage;
  const memory = json.memory_stats?.usage;
  if (used === undefined || memory === undefined || json.read.startsWith("0001-")) return undefined;
  const { stats } = json.memory_stats ?? {};
  // cgroup v1 counts the children's cache in total_inactive_file, v2 has inactive_file alone.
  const cache = stats?.["total_inactive_file"] ?? stats?.["inactive_file"] ?? 0;
  return {
    time: new Date(json.read),
    cpuNanoseconds: used,
    memoryBytes: cache < memory ? memory - cache : memory,
    memoryLimitBytes: limit,
    tasks: json.pids_stats?.current,
  };
}

/** @see ContainerOperations.stats */
export async function readStats(
  engine: Engine,
  id: string,
  { signal }: CallOptions,
): Promise<ContainerStats> {
  const [json, container] = await engine.call(
    "measure",
    "container",
    id,
    signal,
    async (options) => {
      const target = engine.docker.getContainer(id);
      return Promise.all([
        target.stats({ ...options, stream: false, "one-shot": true }),
        target.inspect(options),
      ]);
    },
  );
  const stats = toStats(json as StatsJson, container.HostConfig.Memory || undefined);
  if (stats && container.State.Running) return stats;
  throw new K3dError("CONTAINER_FAILED", `Cannot measure container '${id}': it is not running`);
}
