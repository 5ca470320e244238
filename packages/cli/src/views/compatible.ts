import type { ClusterView, NodeCount } from "@k3d/core";
import { nodeJson, type NodeJson } from "@k3d/plugin-kit";

/** A cluster as `cluster list -o json` prints it; see {@link NodeJson} for the names. */
export interface ClusterJson {
  name: string;
  runtime: string;
  servers: NodeCount;
  agents: NodeCount;
  network: { name: string; id: string; isExternal: boolean; ipam?: { ipPrefix: string } };
  /** Only with `--token`. */
  clusterToken?: string;
  kubeAPI?: { host: string; Port: string; Binding: { HostIp: string; HostPort: string } };
  imageVolume?: string;
  serversRunning: number;
  serversCount: number;
  agentsRunning: number;
  agentsCount: number;
  hasLoadbalancer: boolean;
  nodes: NodeJson[];
}

export function clusterJson(cluster: ClusterView, withToken: boolean): ClusterJson {
  const {
    name,
    runtime,
    servers,
    agents,
    hasLoadBalancer,
    network,
    imageVolume,
    api,
    token,
    nodes,
  } = cluster;
  return {
    name,
    runtime,
    servers,
    agents,
    network: {
      name: network.name,
      id: network.id ?? "",
      isExternal: network.external,
      ...(network.ipRange === undefined ? {} : { ipam: { ipPrefix: network.ipRange } }),
    },
    ...(withToken && token !== undefined ? { clusterToken: token } : {}),
    ...(api === undefined
      ? {}
      : {
          kubeAPI: {
            host: api.host,
            Port: "6443/tcp",
            Binding: { HostIp: api.hostIp ?? "", HostPort: String(api.port) },
          },
        }),
    ...(imageVolume === undefined ? {} : { imageVolume: imageVolume.name }),
    serversRunning: servers.running,
    serversCount: servers.total,
    agentsRunning: agents.running,
    agentsCount: agents.total,
    hasLoadbalancer: hasLoadBalancer,
    nodes: nodes.map((node) => nodeJson(node)),
  };
}
