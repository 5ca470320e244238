import {
  byName,
  missing,
  observedGraph,
  type ClusterGraph,
  type ListingOperations,
} from "@k3d/core";

interface Asked {
  listing: ListingOperations;
  signal: AbortSignal;
}

/** The picture of a cluster on the connected runtime; `undefined` when it is not there. */
export async function graphOf(
  name: string,
  { listing, signal }: Asked,
): Promise<ClusterGraph | undefined> {
  return (await look(name, { listing, signal })).graph;
}

/** @throws K3dError `NOT_FOUND`, with the nearest name */
export async function requireGraph(name: string, asked: Asked): Promise<ClusterGraph> {
  const { graph, clusters } = await look(name, asked);
  if (graph === undefined) throw missing("cluster", [name], clusters);
  return graph;
}

async function look(name: string, { listing, signal }: Asked) {
  const [clusters, nodes] = await Promise.all([
    listing.clusters({ details: true, signal }),
    listing.nodes({ signal }),
  ]);
  const cluster = byName(name, clusters);
  const registries = nodes.filter(({ role }) => role === "registry");
  return { clusters, graph: cluster && observedGraph(cluster, registries) };
}
