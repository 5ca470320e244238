import { cpuPercent, describeState, type UsedCluster, type UsedNode } from "@k3d/core";
import { publishedPorts } from "../views/ports.js";

/** A node as `top` shows it. */
export interface TopNode {
  name: string;
  id: string;
  role: string;
  status: string;
  /** 100 is one processor; absent before the second reading, and while it does not run. */
  cpuPercent?: number | undefined;
  memoryBytes?: number | undefined;
  /** Absent: only the machine limits it. */
  memoryLimitBytes?: number | undefined;
  /** Processes and threads. */
  tasks?: number | undefined;
  /** How often the engine has started it again by itself. */
  restarts?: number | undefined;
  /** Nodes of one image share it. */
  imageBytes?: number | undefined;
  /** Its volumes, those included that it shares with others; absent where the engine does not tell. */
  volumeBytes?: number | undefined;
  /** In the words of `--port`, the API's left out. */
  ports: string;
}

export interface TopCluster {
  name: string;
  runtime: string;
  status: string;
  /** Its nodes' volumes, each once; absent where the engine does not tell. */
  volumeBytes?: number | undefined;
  nodes: TopNode[];
}

/** Name → bytes of volumes, where the engine tells. */
export type VolumeSizes = ReadonlyMap<string, number> | undefined;

/** What two readings tell, the earlier of which may be missing. */
export function usageBetween(
  earlier: readonly UsedCluster[] | undefined,
  later: readonly UsedCluster[],
  volumes?: VolumeSizes,
): TopCluster[] {
  const before = new Map(
    earlier?.flatMap(({ nodes }) => nodes).map((node) => [node.id, node] as const),
  );
  return later.map(({ name, runtime, state, nodes }) => ({
    name,
    runtime,
    status: describeState(state),
    volumeBytes: sizeOf(nodes, volumes),
    nodes: nodes.map((node) => topNode(node, before.get(node.id), volumes)),
  }));
}

function topNode(node: UsedNode, before: UsedNode | undefined, volumes: VolumeSizes): TopNode {
  const { name, id, role, status, stats, details, imageBytes } = node;
  return {
    name,
    id,
    role,
    status,
    cpuPercent: stats && before?.stats && cpuPercent(before.stats, stats),
    memoryBytes: stats?.memoryBytes,
    memoryLimitBytes: stats?.memoryLimitBytes,
    tasks: stats?.tasks,
    restarts: details?.restartCount,
    imageBytes,
    volumeBytes: sizeOf([node], volumes),
    ports: publishedPorts([node]),
  };
}

function sizeOf(nodes: readonly UsedNode[], volumes: VolumeSizes): number | undefined {
  const mounts = nodes.flatMap(({ details }) => details?.mounts ?? []);
  const names = mounts.flatMap(({ type, source }) => (type === "volume" && source ? source : []));
  return sum([...new Set(names)].map((name) => volumes?.get(name)));
}

/** The sum of what is known; `undefined` where nothing is. */
export function sum(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0);
}
