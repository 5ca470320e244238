import type { Change } from "../plan/change.js";
import type { ClusterGraph, Difference, GraphEdge, GraphNode } from "./graph.js";

const CONTAINERS: ReadonlySet<GraphNode["kind"]> = new Set([
  "loadbalancer",
  "registry",
  "server",
  "agent",
  "node",
]);

/** Actions that leave what is there as it is. */
const IDLE: ReadonlySet<Change["action"]> = new Set(["use", "get", "publish"]);

/**
 * One picture of what is there and what shall be, each thing with its difference. What became of
 * containers and networks is what `changes` say, so that the picture and the list agree; of ports,
 * mounts and forwards, what only one of the two has.
 *
 * @param before absent: the cluster is not there
 */
export function compareGraphs(
  before: ClusterGraph | undefined,
  after: ClusterGraph,
  changes: readonly Change[],
): ClusterGraph {
  const there = before ?? { ...after, networks: [], nodes: [], edges: [] };
  const wanted = withKept(there, withChosenPorts(there, after), changes);
  return {
    ...after,
    state: "difference",
    networks: merge(there.networks, wanted.networks, ({ id }) => id).map((network) => ({
      ...network,
      ...told(network.difference, changesOf(changes, "network", network.name)),
    })),
    nodes: merge(there.nodes, wanted.nodes, ({ id }) => id).map((node) => ({
      ...node,
      ...told(node.difference, changesOf(changes, changeKind(node), node.name)),
    })),
    edges: merge(there.edges, wanted.edges, edgeKey).map((edge) => relabelled(edge, there.edges)),
  };
}

const edgeKey = ({ kind, from, to }: GraphEdge): string => `${kind} ${from} ${to}`;

const changeKind = ({ kind }: GraphNode): string => (kind === "node" ? "noRole" : kind);

function changesOf(changes: readonly Change[], kind: string, name: string): Change[] {
  return changes.filter(
    (change) => change.kind === kind && change.name === name && !IDLE.has(change.action),
  );
}

/** The changes' word goes first: an image that is only written otherwise is no difference. */
function told(
  difference: Difference | undefined,
  changes: readonly Change[],
): { difference?: Difference; causes?: string[] } {
  const causes = changes.flatMap((change) => change.causes);
  const actions = new Set(changes.map(({ action }) => action));
  if (difference !== undefined && actions.size === 0) return { difference };
  if (actions.has("remove")) return { difference: "removed", causes };
  if (actions.has("create") || actions.has("adopt")) return { difference: "added", causes };
  if (actions.size === 0) return {};
  return { difference: difference ?? "changed", causes };
}

/** Containers that no change removes stay, wanted or not (a registry has images in it), with their ports. */
function withKept(
  before: ClusterGraph,
  after: ClusterGraph,
  changes: readonly Change[],
): ClusterGraph {
  const wanted = new Set(after.nodes.map(({ id }) => id));
  const goes = (node: GraphNode): boolean =>
    changesOf(changes, changeKind(node), node.name).some(({ action }) => action === "remove");
  const kept = new Set(
    before.nodes.flatMap((node) =>
      CONTAINERS.has(node.kind) && !wanted.has(node.id) && !goes(node) ? node.id : [],
    ),
  );
  const edges = before.edges.filter(({ from, to }) => kept.has(from) || kept.has(to));
  const more = new Set([...kept, ...edges.flatMap(({ from, to }) => [from, to])]);
  return {
    ...after,
    nodes: [...after.nodes, ...before.nodes.filter(({ id }) => more.has(id) && !wanted.has(id))],
    edges: [...after.edges, ...edges],
  };
}

/** All of `before` and `after`, each once and as it shall be. */
function merge<T extends { difference?: Difference }>(
  before: readonly T[],
  after: readonly T[],
  key: (item: T) => string,
): T[] {
  const old = new Set(before.map(key));
  const fresh = new Set(after.map(key));
  return [
    ...after.map((item): T => (old.has(key(item)) ? item : { ...item, difference: "added" })),
    ...before
      .filter((item) => !fresh.has(key(item)))
      .map((item): T => ({ ...item, difference: "removed" })),
  ];
}

function relabelled(edge: GraphEdge, before: readonly GraphEdge[]): GraphEdge {
  const old = before.find((candidate) => edgeKey(candidate) === edgeKey(edge));
  if (edge.difference !== undefined || old === undefined) return edge;
  const sorted = (label: string): string => label.split(", ").toSorted().join();
  return sorted(old.label) === sorted(edge.label)
    ? edge
    : { ...edge, difference: "changed", causes: [`it was ${old.label}`] };
}

/** A port that the engine chose is the one that was left open. */
function withChosenPorts(before: ClusterGraph, after: ClusterGraph): ClusterGraph {
  const taken = new Set(after.nodes.map(({ id }) => id));
  const chosen = new Map<string, GraphNode>();
  for (const node of after.nodes) {
    if (node.open !== true) continue;
    const edge = after.edges.find(({ from }) => from === node.id);
    const port = before.edges
      .filter(
        ({ kind, to, label }) => kind === "publishes" && to === edge?.to && label === edge.label,
      )
      .map(({ from }) => before.nodes.find(({ id }) => id === from))
      .find((candidate) => candidate !== undefined && !taken.has(candidate.id));
    if (port === undefined) continue;
    taken.add(port.id);
    chosen.set(node.id, port);
  }
  return {
    ...after,
    nodes: after.nodes.map((node) => chosen.get(node.id) ?? node),
    edges: after.edges.map((edge) => ({ ...edge, from: chosen.get(edge.from)?.id ?? edge.from })),
  };
}
