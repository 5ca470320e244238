import {
  LABELS,
  type ClusterView,
  type NodeCount,
  type NodeView,
  type PortBinding,
} from "@k3d/core";

/**
 * A node as `node list -o json` prints it. Field names are those of the Go k3d, so that scripts go
 * on working; `cluster`, `runtime`, `id` and `status` are k3d's own.
 */
export interface NodeJson {
  name: string;
  role: string;
  cluster?: string;
  runtime: string;
  id: string;
  /** OCI status word. */
  status: string;
  image: string;
  /** ISO 8601. */
  created: string;
  /** Without the cluster's token. */
  runtimeLabels: Record<string, string>;
  /** `<port>/<protocol>` → where it is published. */
  portMappings: Record<string, { HostIp: string; HostPort: string }[]>;
  serverOpts: { isInitializingServer: boolean };
  State: { Running: boolean; Status: string };
  IP: { IP: string };
}

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

export function nodeJson(node: NodeView): NodeJson {
  const {
    name,
    role,
    cluster,
    runtime,
    id,
    status,
    image,
    created,
    ipv4Address,
    ports,
    initServer,
  } = node;
  const { [LABELS.clusterToken]: _token, ...runtimeLabels } = node.labels;
  return {
    name,
    role,
    ...(cluster === undefined ? {} : { cluster }),
    runtime,
    id,
    status,
    image,
    created: created.toISOString(),
    runtimeLabels,
    portMappings: portMappings(ports),
    serverOpts: { isInitializingServer: initServer },
    State: { Running: status === "running", Status: status },
    IP: { IP: ipv4Address ?? "" },
  };
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

function portMappings(ports: readonly PortBinding[]): NodeJson["portMappings"] {
  const mappings: NodeJson["portMappings"] = {};
  for (const { containerPort, protocol, hostIp, hostPort } of ports) {
    const key = `${containerPort}/${protocol}`;
    (mappings[key] ??= []).push({
      HostIp: hostIp ?? "",
      HostPort: hostPort === undefined ? "" : String(hostPort),
    });
  }
  return mappings;
}
