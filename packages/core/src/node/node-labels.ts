import { APP, LABELS } from "../model/labels.js";
import type { ClusterContext, NodeDefinition } from "./node-definition.js";

/** Labels on every object of a cluster: containers, network, volumes. */
export function objectLabels(
  cluster: Pick<ClusterContext, "name" | "id" | "version">,
): Record<string, string> {
  return {
    [LABELS.app]: APP,
    [LABELS.version]: cluster.version,
    [LABELS.cluster]: cluster.name,
    [LABELS.clusterId]: cluster.id,
  };
}

/** The labels of a node's container, shared with the Go k3d v5. */
export function nodeLabels(node: NodeDefinition, cluster: ClusterContext): Record<string, string> {
  const labels: Record<string, string> = {
    ...node.runtimeLabels,
    ...objectLabels(cluster),
    [LABELS.role]: node.role,
    [LABELS.clusterUrl]: cluster.url,
    [LABELS.clusterToken]: cluster.token,
    [LABELS.network]: cluster.network.name,
    [LABELS.networkExternal]: String(cluster.network.external),
  };
  if (cluster.expires !== undefined) labels[LABELS.expires] = cluster.expires;
  if (cluster.imageVolume !== undefined) {
    labels[LABELS.imageVolume] = cluster.imageVolume.name;
    if (cluster.imageVolume.external) labels[LABELS.imageVolumeExternal] = "true";
  }
  if (cluster.hostAliases.length > 0)
    labels[LABELS.hostAliases] = JSON.stringify(cluster.hostAliases);
  const { id, subnet, ipv6 } = cluster.network;
  if (id !== undefined) labels[LABELS.networkId] = id;
  if (subnet !== undefined) labels[LABELS.networkIpRange] = subnet;
  if (ipv6 !== undefined) labels[LABELS.networkIpv6Range] = ipv6.subnet;
  if (node.ipv6Address !== undefined) labels[LABELS.staticIpv6] = node.ipv6Address;
  if (node.address !== undefined) labels[LABELS.staticIp] = node.address;
  if (node.machine !== undefined) labels[LABELS.machine] = node.machine;
  if (node.role === "server") {
    // As the Go k3d does: it takes the label to mean that there is a cluster to initialise.
    if (cluster.hooks !== undefined) labels[LABELS.hooks] = cluster.hooks;
    if (cluster.clusterInit) labels[LABELS.serverInit] = String(node.initServer);
    if (cluster.api.port !== undefined) labels[LABELS.apiPort] = String(cluster.api.port);
    labels[LABELS.apiHost] = cluster.api.host;
    labels[LABELS.apiHostIp] = cluster.api.hostIp;
    if (cluster.api.clientHost !== undefined) labels[LABELS.apiClientHost] = cluster.api.clientHost;
    if (cluster.loadBalancer !== undefined)
      labels[LABELS.serverLoadBalancer] = cluster.loadBalancer;
  }
  return labels;
}
