import {
  APP,
  LABELS,
  OBJECT_PREFIX,
  clusterViews,
  creatorOf,
  isHalfMade,
  nodeView,
  withInitServers,
  type CallOptions,
  type ClusterView,
  type ContainerRuntime,
  type CoreSettings,
  type NodeView,
} from "@k3d/core";
import type { ContainerSummary, DiskUsage } from "@k3d/core/runtime";

/** Without word of its creator, what is younger is taken for a creation that goes on. Milliseconds. */
const GRACE_MS = 10 * 60_000;

/** What is on the engine, with what of it is in use. */
export interface Inventory {
  /** All containers, also those that are not k3d's. */
  containers: ContainerSummary[];
  /** Containers of k3d's. */
  nodes: NodeView[];
  /** Clusters that are whole, or that somebody makes right now. */
  clusters: ClusterView[];
  /** What a killed creation or deletion left of clusters. */
  remains: { cluster: ClusterView; reason: string }[];
  /** Clusters without a server of which nobody can tell whether they are being made; they count as clusters. */
  undecided: ClusterView[];
  /** Names of containers that are to be removed before networks, volumes and images are. */
  gone: Set<string>;
  usage: DiskUsage;
  /** Whether the process that made the objects with this cluster id still runs; `undefined` when it cannot be told. */
  isBeingMade: (clusterId: string | undefined) => Promise<boolean | undefined>;
  now: Date;
}

export async function takeInventory(
  runtime: ContainerRuntime,
  settings: CoreSettings,
  now: Date,
  options: CallOptions,
): Promise<Inventory> {
  const [containers, usage] = await Promise.all([
    runtime.containers.list(options),
    runtime.housekeeping?.usage(options) ?? { containers: new Map(), volumes: new Map() },
  ]);
  const nodes = withInitServers(
    containers.filter(isNode).map((container) => nodeView(container, runtime.name)),
  );
  const isBeingMade = async (clusterId: string | undefined): Promise<boolean | undefined> => {
    const creator = creatorOf(clusterId);
    return creator === undefined ? undefined : settings.process?.isRunning(creator);
  };
  const inventory: Inventory = {
    containers,
    nodes,
    clusters: [],
    remains: [],
    undecided: [],
    gone: new Set(),
    usage,
    isBeingMade,
    now,
  };
  for (const cluster of clusterViews(nodes)) {
    const reason = await whyRemains(cluster, inventory, runtime, options);
    if (reason === undefined || reason === UNDECIDED) inventory.clusters.push(cluster);
    else inventory.remains.push({ cluster, reason });
    if (reason === UNDECIDED) inventory.undecided.push(cluster);
  }
  return inventory;
}

/** Both labels and a name of k3d's: one of them alone, another tool may have given. */
function isNode({ labels, name }: ContainerSummary): boolean {
  if (labels[LABELS.app] !== APP || labels[LABELS.role] === undefined) return false;
  return (
    labels[LABELS.version] !== undefined || labels[LABELS.cluster] !== undefined || isNamed(name)
  );
}

export const isNamed = (name: string): boolean => name.startsWith(`${OBJECT_PREFIX}-`);

const UNDECIDED = Symbol("undecided");

/** Why a cluster is none; `undefined` when it is one. */
async function whyRemains(
  cluster: ClusterView,
  inventory: Inventory,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<string | typeof UNDECIDED | undefined> {
  const members = cluster.nodes;
  // Of one over several machines this engine may have a part alone: `cluster delete` asks them all.
  if (members.some(({ machine }) => machine !== undefined)) return undefined;
  const init = members.find(({ initServer }) => initServer);
  const made = members.find(({ labels }) => labels[LABELS.clusterId] !== undefined)?.labels[
    LABELS.clusterId
  ];
  const noServer = cluster.servers.total === 0;
  if (!noServer && (init === undefined || creatorOf(made) === undefined)) return undefined;
  const running = await inventory.isBeingMade(made);
  if (running === true) return undefined;
  const newest = Math.max(...members.map(({ created }) => created.getTime()));
  if (running === undefined && inventory.now.getTime() - newest < GRACE_MS)
    return noServer ? UNDECIDED : undefined;
  if (noServer) return "no server of it is left";
  if (init === undefined || !(await isUnfinished(init, runtime, options))) return undefined;
  return "the command that made it was killed";
}

/** A first server that never started got no further either. */
async function isUnfinished(
  init: NodeView,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<boolean> {
  if (init.status === "created" || init.status === "creating") return true;
  return isHalfMade(runtime, init.id, options);
}

/** Whether anything of a cluster of this name is there that is, or will be, in use. */
export function isAlive(cluster: string, { clusters }: Inventory): boolean {
  return clusters.some(({ name }) => name === cluster);
}
