import {
  API_PORT,
  clusterCreated,
  k3sVersions,
  kubeContextName,
  type ClusterState,
  type ClusterView,
  type ListedCluster,
  type LoadBalancerValues,
  type NodeCount,
} from "@k3d/core";
import { nodeJson, type NodeJson } from "@k3d/plugin-kit";

/** A cluster as `cluster list -o json` prints it; see {@link NodeJson} for the names. */
export interface ClusterJson {
  name: string;
  runtime: string;
  /** In lists only. */
  status?: ClusterState["status"];
  /** Why it is `incomplete` or `starting`. */
  statusReason?: string;
  /** ISO 8601; of its first node. */
  created?: string;
  /** ISO 8601; when its time to live is over. */
  expires?: string;
  /** Releases of k3s that its nodes run; several while it is upgraded. */
  k3sVersions: string[];
  /** Whether its context is the current one of the default kubeconfig. In lists only. */
  currentContext?: boolean;
  servers: NodeCount;
  agents: NodeCount;
  network: { name: string; id: string; isExternal: boolean; ipam?: { ipPrefix: string } };
  /** Only with `--token`. */
  clusterToken?: string;
  kubeAPI?: { host: string; Port: string; Binding: { HostIp: string; HostPort: string } };
  imageVolume?: string;
  /** Volumes that were made for it. In lists only. */
  volumes?: string[];
  /** The load balancer's node with what it forwards. In lists only. */
  serverLoadBalancer?: NodeJson & { config: LoadBalancerValues | null };
  serversRunning: number;
  serversCount: number;
  agentsRunning: number;
  agentsCount: number;
  hasLoadbalancer: boolean;
  nodes: NodeJson[];
}

export interface ClusterJsonOptions {
  /** With the token, and without masks on the nodes' secrets. Default `false`. */
  token?: boolean;
  /** The current context of the default kubeconfig, where it is looked at. */
  currentContext?: string | undefined;
}

export function clusterJson(
  cluster: ClusterView | ListedCluster,
  { token = false, currentContext }: ClusterJsonOptions = {},
): ClusterJson {
  const { name, runtime, servers, agents, hasLoadBalancer, network, imageVolume, api } = cluster;
  const { state, loadBalancer, volumes } = cluster as Partial<ListedCluster>;
  const nodes = cluster.nodes.map((node) => nodeJson(node, { secrets: token }));
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  return {
    name,
    runtime,
    status: state?.status,
    statusReason: state?.reason,
    created: clusterCreated(cluster)?.toISOString(),
    expires: cluster.expires?.toISOString(),
    k3sVersions: k3sVersions(cluster),
    currentContext: state && currentContext === kubeContextName(name),
    servers,
    agents,
    network: {
      name: network.name,
      id: network.id ?? "",
      isExternal: network.external,
      ipam: network.ipRange === undefined ? undefined : { ipPrefix: network.ipRange },
    },
    clusterToken: token ? cluster.token : undefined,
    kubeAPI: api && {
      host: api.host,
      Port: `${API_PORT}/tcp`,
      Binding: { HostIp: api.hostIp ?? "", HostPort: String(api.port) },
    },
    imageVolume: imageVolume?.name,
    volumes,
    serverLoadBalancer:
      volumes === undefined || balancer === undefined
        ? undefined
        : { ...balancer, config: loadBalancer ?? null },
    serversRunning: servers.running,
    serversCount: servers.total,
    agentsRunning: agents.running,
    agentsCount: agents.total,
    hasLoadbalancer: hasLoadBalancer,
    nodes,
  };
}
