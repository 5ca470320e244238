/**
 * Labels on containers, networks and volumes. They are k3d's only state and
 * are shared with the Go k3d v5: a cluster made by either tool is managed by
 * the other.
 */
export const LABELS = {
  app: "app",
  version: "k3d.version",
  role: "k3d.role",
  cluster: "k3d.cluster",
  clusterUrl: "k3d.cluster.url",
  clusterToken: "k3d.cluster.token",
  clusterExternal: "k3d.cluster.external",
  network: "k3d.cluster.network",
  networkId: "k3d.cluster.network.id",
  networkIpRange: "k3d.cluster.network.iprange",
  /** Ours: the IPv6 subnet of a dual-stack cluster's network. */
  networkIpv6Range: "k3d.cluster.network.ipv6range",
  networkExternal: "k3d.cluster.network.external",
  imageVolume: "k3d.cluster.imageVolume",
  imageVolumeExternal: "k3d.volumes.imageVolume.external",
  hostAliases: "k3d.cluster.start.hostaliases",
  serverInit: "k3d.server.init",
  apiHost: "k3d.server.api.host",
  apiHostIp: "k3d.server.api.hostIP",
  apiPort: "k3d.server.api.port",
  /** Ours: the address of every interface where the user named it as the API's: kubeconfigs name it so. */
  apiClientHost: "k3d.server.api.clientHost",
  serverLoadBalancer: "k3d.server.loadbalancer",
  registryHost: "k3d.registry.host",
  registryHostIp: "k3d.registry.hostIP",
  registryPortExternal: "k3s.registry.port.external",
  registryPortInternal: "k3s.registry.port.internal",
  /** Ours: host whose images a pull-through registry caches. */
  registryProxies: "k3d.registry.proxies",
  /** Ours: `true` on a registry that speaks TLS. */
  registryTls: "k3d.registry.tls",
  /** Ours: `true` on a registry that asks for a user name and a password. */
  registryAuth: "k3d.registry.auth",
  /** Ours: name of the set of pull-through registries that one command made. */
  registryGroup: "k3d.registry.group",
  staticIp: "k3d.node.staticIP",
  /** Ours: a node's fixed IPv6 address, in a dual-stack cluster. */
  staticIpv6: "k3d.node.staticIPv6",
  /** Ours: name of the machine that a node of a cluster over several is on. */
  machine: "k3d.machine",
  /** Ours: which nodes such a cluster has on which machine, on its servers and its load balancer: `big=server-0,serverlb;two=agent-0`. */
  placement: "k3d.cluster.machines",
  /** Ours: random id of this creation of the cluster and the process that made it; undo removes only objects that carry it. */
  clusterId: "k3d.cluster.id",
  /** Ours: the moment after which the cluster is no longer wanted, ISO 8601; `prune --expired` goes by it and nothing else does. */
  expires: "k3d.cluster.expires",
  /** Ours: the hooks of the config file that run later, as JSON; those for the host without their command. */
  hooks: "k3d.cluster.hooks",
  /** Ours: the operation that made this object; undo removes only what carries its own. */
  operation: "k3d.operation",
  /** Ours: the files that k3d placed, as JSON: path → start of the content's SHA-256. */
  files: "k3d.node.files",
  /** Ours: volumes that a container took over from the one it replaced, separated by commas; removed with it. */
  keptVolumes: "k3d.node.volumes",
  /** Ours: `true` on a volume or network that a user made with k3d for clusters to use; it outlives them. */
  external: "k3d.external",
} as const;

/** The value of {@link LABELS.app} on every object of k3d. */
export const APP = "k3d";

/** Key prefixes that users may not set by `--runtime-label`. */
export const RESERVED_LABEL_PREFIXES = ["k3d.", "k3s.registry."] as const;
