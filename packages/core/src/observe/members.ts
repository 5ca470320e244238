import { APP, LABELS } from "../model/labels.js";
import { networkName } from "../model/names.js";
import type { ClusterView, NodeView } from "../node/views.js";
import type { ClusterMembers } from "../plan/observed.js";
import type { CallOptions } from "../runtime/common.js";
import type { NetworkInfo } from "../runtime/networks.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { clusterViews, listNodes } from "./nodes.js";

/**
 * What lists tell of a cluster, which is all that deleting it or showing it needs: of either tool's,
 * whole or in remains. `undefined` when there is nothing.
 *
 * @param all the nodes of all clusters; asked for by default.
 */
export async function observeMembers(
  runtime: ContainerRuntime,
  name: string,
  options: CallOptions = {},
  all?: readonly NodeView[],
): Promise<ClusterMembers | undefined> {
  const [listed, ownVolumes, networks] = await Promise.all([
    all ?? listNodes(runtime, options),
    volumesOf(name, runtime, options),
    runtime.networks.list({ ...options, labels: { [LABELS.app]: APP } }),
  ]);
  const nodes = listed.filter(({ cluster }) => cluster === name);
  const ownNetworks = networksOf(name, nodes, networks);
  const nothing = nodes.every(({ role }) => role === "registry");
  if (nothing && ownVolumes.length + ownNetworks.length === 0) return undefined;
  const [view = emptyView(name, runtime.name)] = clusterViews(nodes);
  return { name, view, nodes, ownNetworks, ownVolumes };
}

/** The networks that the cluster was made with, never one that belongs to others. */
function networksOf(
  cluster: string,
  nodes: readonly NodeView[],
  all: readonly Pick<NetworkInfo, "id" | "name" | "labels">[],
): ClusterMembers["ownNetworks"] {
  // The Go k3d labels its networks with the app alone; their name tells the cluster, or its nodes do.
  const made = new Set([
    networkName(cluster),
    ...nodes.flatMap(({ labels }) =>
      labels[LABELS.networkExternal] === "false" ? (labels[LABELS.network] ?? []) : [],
    ),
  ]);
  return all
    .filter(({ labels, name }) => {
      const owner = labels[LABELS.cluster];
      return owner === undefined ? made.has(name) : owner === cluster;
    })
    .map(({ id, name }) => ({ id, name }));
}

async function volumesOf(
  cluster: string,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<string[]> {
  if (!(await runtime.capabilities).volumes) return [];
  const labels = { [LABELS.app]: APP, [LABELS.cluster]: cluster };
  const volumes = await runtime.volumes.list({ ...options, labels });
  return volumes.map((volume) => volume.name);
}

function emptyView(name: string, runtime: string): ClusterView {
  return {
    name,
    runtime,
    servers: { running: 0, total: 0 },
    agents: { running: 0, total: 0 },
    hasLoadBalancer: false,
    network: { name: networkName(name), external: false },
    nodes: [],
  };
}
