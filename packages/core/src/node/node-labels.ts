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
  if (cluster.imageVolume !== undefined) {
    labels[LABELS.imageVolume] = cluster.imageVolume.name;
    if (cluster.imageVolume.external) labels[LABELS.imageVolumeExternal] = "true";
  }
  if (cluster.hostAliases.length > 0)
    labels[LABELS.hostAliases] = JSON.stringify(cluster.hostAliases);
  if (cluster.configHash !== undefined) labels[LABELS.configHash] = cluster.configHash;
  if (node.role === "server") {
    labels[LABELS.serverInit] = String(node.initServer);
    labels[LABELS.apiHost] = cluster.api.host;
    labels[LABELS.apiHostIp] = cluster.api.hostIp;
    if (cluster.loadBalancer !== undefined)
      labels[LABELS.serverLoadBalancer] = cluster.loadBalancer;
  }
  return labels;
}
