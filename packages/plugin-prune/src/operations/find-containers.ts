import {
  APP,
  LABELS,
  clustersBeside,
  type CallOptions,
  type ClusterView,
  type ContainerRuntime,
  type NodeView,
} from "@k3d/core";
import { type Inventory, isAlive } from "./inventory.js";
import type { PruneFindings, PruneItem, PruneSkip } from "./operations.js";

/** A registry or node that was just made may be about to start. Milliseconds. */
const STARTING_MS = 60_000;

/** Clusters that a killed creation or deletion left, each with all that belongs to it. */
export async function findRemains(
  runtime: ContainerRuntime,
  { remains, undecided, usage }: Inventory,
  options: CallOptions,
): Promise<PruneFindings> {
  const items: PruneItem[] = [];
  for (const { cluster, reason } of remains) {
    const labels = { [LABELS.app]: APP, [LABELS.cluster]: cluster.name };
    const volumes = (await runtime.capabilities).volumes
      ? await runtime.volumes.list({ ...options, labels })
      : [];
    const sizes = [
      ...cluster.nodes.map(({ id }) => usage.containers.get(id)),
      ...volumes.map(({ name }) => usage.volumes.get(name)),
    ].filter((size) => size !== undefined);
    items.push({
      kind: "cluster",
      id: cluster.name,
      name: cluster.name,
      cluster: cluster.name,
      reason: `${reason}; ${cluster.nodes.length} ${cluster.nodes.length === 1 ? "container" : "containers"}`,
      ...(sizes.length === 0 ? {} : { size: sizes.reduce((sum, size) => sum + size, 0) }),
      created: oldest(cluster),
      labels: cluster.nodes[0]?.labels ?? {},
    });
  }
  const skipped = undecided.map(({ name }): PruneSkip => ({
    kind: "cluster",
    name,
    reason:
      "another command may be making it; once it is ten minutes old and still has no server, it can be removed",
  }));
  return { items, skipped };
}

const oldest = ({ nodes }: ClusterView): Date =>
  new Date(Math.min(...nodes.map(({ created }) => created.getTime())));

/** Nodes without cluster, and tools containers that have ended. */
export async function findNodes(inventory: Inventory): Promise<PruneItem[]> {
  const items: PruneItem[] = [];
  for (const node of inventory.nodes) {
    const reason = node.role === "registry" ? undefined : nodeReason(node);
    if (reason !== undefined && !(await isStarting(node, inventory)))
      items.push(containerItem("node", node, reason, inventory));
  }
  return items;
}

function nodeReason({ cluster, role, status, labels }: NodeView): string | undefined {
  if (labels[LABELS.clusterExternal] === "true") return undefined;
  if (role === "noRole") return isActive(status) ? undefined : "a tools container that has ended";
  return cluster === undefined ? "it belongs to no cluster" : undefined;
}

/** Registries that do not run, or whose cluster is gone, and that no cluster uses. */
export async function findRegistries(inventory: Inventory): Promise<PruneItem[]> {
  const items: PruneItem[] = [];
  for (const node of inventory.nodes) {
    const reason = node.role === "registry" ? registryReason(node, inventory) : undefined;
    if (reason !== undefined && !(await isStarting(node, inventory)))
      items.push(containerItem("registry", node, reason, inventory));
  }
  return items;
}

function registryReason(node: NodeView, inventory: Inventory): string | undefined {
  const { nodes, remains, clusters } = inventory;
  const { cluster } = node;
  const inRemains = (name: string | undefined): boolean =>
    remains.some((gone) => gone.cluster.name === name);
  // It goes with the remains that it belongs to.
  if (inRemains(cluster) || (cluster !== undefined && isAlive(cluster, inventory)))
    return undefined;
  const members = nodes.filter((other) => !inRemains(other.cluster));
  const used =
    clustersBeside(node, members).length > 0 ||
    clusters.some(({ network }) => node.networks.includes(network.name));
  if (used) return undefined;
  if (cluster === undefined)
    return isActive(node.status) ? undefined : "it does not run, and no cluster uses it";
  if (isActive(node.status) && hasNeighbours(node, inventory)) return undefined;
  return `cluster ${cluster} is gone, and no other uses it`;
}

/** Whether others that stay, k3d's or not, share a network with it. */
function hasNeighbours({ name, networks }: NodeView, { containers, remains }: Inventory): boolean {
  const leaving = new Set(remains.flatMap(({ cluster }) => cluster.nodes.map((node) => node.name)));
  return containers.some(
    (other) =>
      other.name !== name &&
      other.labels[LABELS.role] !== "registry" &&
      !leaving.has(other.name) &&
      other.networks.some((network) => networks.includes(network.name)),
  );
}

const isActive = (status: NodeView["status"]): boolean =>
  status === "running" || status === "restarting" || status === "paused";

/** Whether somebody is about to use it: who made it tells, else its age. */
async function isStarting(
  { status, created, labels }: NodeView,
  { now, isBeingMade }: Inventory,
): Promise<boolean> {
  const beingMade = await isBeingMade(labels[LABELS.clusterId]);
  if (beingMade !== undefined) return beingMade;
  return (
    (status === "created" || status === "creating") &&
    now.getTime() - created.getTime() < STARTING_MS
  );
}

function containerItem(
  kind: "node" | "registry",
  node: NodeView,
  reason: string,
  { usage }: Inventory,
): PruneItem {
  const { id, name, cluster, created, labels } = node;
  const size = usage.containers.get(id);
  return {
    kind,
    id,
    name,
    cluster,
    reason,
    size,
    created,
    labels,
  };
}
