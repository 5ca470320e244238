export type FlagKind = "string" | "bool" | "int" | "slice" | "duration";

/** One command line flag of k3s: names without dashes, the long one first. */
export interface Flag {
  names: string[];
  kind: FlagKind;
  env?: string;
  value?: string;
  usage: string;
}

function flag(
  names: string,
  kind: FlagKind,
  usage: string,
  more: { env?: string; value?: string } = {},
): Flag {
  return { names: names.split(","), kind, usage, ...more };
}

const common: Flag[] = [
  flag("config,c", "string", "(config) Load configuration from FILE", {
    env: "K3S_CONFIG_FILE",
    value: "/etc/rancher/k3s/config.yaml",
  }),
  flag("debug", "bool", "(logging) Turn on debug logs", { env: "K3S_DEBUG" }),
  flag("v", "int", "(logging) Number for the log level verbosity", { value: "0" }),
  flag("vmodule", "string", "(logging) Comma-separated list of FILE_PATTERN=LOG_LEVEL settings"),
  flag("log,l", "string", "(logging) Log to file"),
  flag("alsologtostderr", "bool", "(logging) Log to standard error as well as file (if set)"),
];

const agentShared: Flag[] = [
  flag("node-name", "string", "(agent/node) Node name", { env: "K3S_NODE_NAME" }),
  flag("with-node-id", "bool", "(agent/node) Append id to node name"),
  flag("node-label", "slice", "(agent/node) Registering and starting kubelet with set of labels"),
  flag("node-taint", "slice", "(agent/node) Registering kubelet with set of taints"),
  flag(
    "image-credential-provider-bin-dir",
    "string",
    "(agent/node) Directory of credential provider plugin binaries",
  ),
  flag(
    "image-credential-provider-config",
    "string",
    "(agent/node) Credential provider plugin config file",
  ),
  flag("docker", "bool", "(agent/runtime) (experimental) Use cri-dockerd instead of containerd"),
  flag(
    "container-runtime-endpoint",
    "string",
    "(agent/runtime) Disable embedded containerd and use the CRI socket at the given path",
  ),
  flag("default-runtime", "string", "(agent/runtime) Set the default runtime in containerd"),
  flag(
    "image-service-endpoint",
    "string",
    "(agent/runtime) Disable embedded containerd image service",
  ),
  flag(
    "disable-default-registry-endpoint",
    "bool",
    "(agent/containerd) Disable the default registry endpoint when a mirror is configured",
  ),
  flag("nonroot-devices", "bool", "(agent/containerd) Allow non-root pods to access devices"),
  flag("pause-image", "string", "(agent/runtime) Customized pause image", {
    value: "rancher/mirrored-pause:3.6",
  }),
  flag("snapshotter", "string", "(agent/runtime) Override default containerd snapshotter", {
    value: "overlayfs",
  }),
  flag("private-registry", "string", "(agent/runtime) Private registry configuration file", {
    value: "/etc/rancher/k3s/registries.yaml",
  }),
  flag(
    "airgap-extra-registry",
    "slice",
    "(agent/runtime) Additional registry to tag airgap images as being sourced from",
  ),
  flag("node-ip,i", "slice", "(agent/networking) IPv4/IPv6 addresses to advertise for node"),
  flag("bind-address", "string", "(listener) k3s bind address (default: 0.0.0.0)"),
  flag(
    "node-external-ip",
    "slice",
    "(agent/networking) IPv4/IPv6 external IP addresses to advertise for node",
  ),
  flag(
    "node-internal-dns",
    "slice",
    "(agent/networking) internal DNS addresses to advertise for node",
  ),
  flag(
    "node-external-dns",
    "slice",
    "(agent/networking) external DNS addresses to advertise for node",
  ),
  flag("resolv-conf", "string", "(agent/networking) Kubelet resolv.conf file", {
    env: "K3S_RESOLV_CONF",
  }),
  flag("flannel-iface", "string", "(agent/networking) Override default flannel interface"),
  flag("flannel-conf", "string", "(agent/networking) Override default flannel config file"),
  flag("flannel-cni-conf", "string", "(agent/networking) Override default flannel cni config file"),
  flag("vpn-auth", "string", "(agent/networking) (experimental) Credentials for the VPN provider", {
    env: "K3S_VPN_AUTH",
  }),
  flag(
    "vpn-auth-file",
    "string",
    "(agent/networking) (experimental) File with credentials for the VPN provider",
    { env: "K3S_VPN_AUTH_FILE" },
  ),
  flag("kubelet-arg", "slice", "(agent/flags) Customized flag for kubelet process"),
  flag("kube-proxy-arg", "slice", "(agent/flags) Customized flag for kube-proxy process"),
  flag("protect-kernel-defaults", "bool", "(agent/node) Kernel tuning behavior"),
  flag("enable-pprof", "bool", "(experimental) Enable pprof endpoint on supervisor port"),
  flag("rootless", "bool", "(experimental) Run rootless"),
  flag(
    "prefer-bundled-bin",
    "bool",
    "(experimental) Prefer bundled userspace binaries over host binaries",
  ),
  flag("selinux", "bool", "(agent/node) Enable SELinux in containerd", { env: "K3S_SELINUX" }),
  flag("disable-selinux", "bool", "(deprecated) Use --selinux to explicitly enable SELinux"),
  flag(
    "disable-apiserver-lb",
    "bool",
    "(agent/networking) Disable the agent client-side load-balancer",
  ),
  flag("lb-server-port", "int", "(agent/node) Local port for supervisor client load-balancer", {
    env: "K3S_LB_SERVER_PORT",
    value: "6444",
  }),
  flag("no-flannel", "bool", "(deprecated) use --flannel-backend=none"),
  flag("token,t", "string", "(cluster) Shared secret used to join a server or agent to a cluster", {
    env: "K3S_TOKEN",
  }),
  flag("token-file", "string", "(cluster) File containing the token", { env: "K3S_TOKEN_FILE" }),
  flag("server,s", "string", "(cluster) Server to connect to, used to join a cluster", {
    env: "K3S_URL",
  }),
  flag("cluster-secret", "string", "(deprecated) use --token", { env: "K3S_CLUSTER_SECRET" }),
  flag("data-dir,d", "string", "(data) Folder to hold state", {
    env: "K3S_DATA_DIR",
    value: "/var/lib/rancher/k3s",
  }),
];

const serverOnly: Flag[] = [
  flag("https-listen-port", "int", "(listener) HTTPS listen port", { value: "6443" }),
  flag("supervisor-port", "int", "(experimental/listener) Supervisor listen port"),
  flag(
    "advertise-address",
    "string",
    "(listener) Address that the apiserver advertises to members of the cluster",
  ),
  flag(
    "advertise-port",
    "int",
    "(listener) Port that the apiserver advertises to members of the cluster",
  ),
  flag(
    "tls-san",
    "slice",
    "(listener) Add additional hostnames or IPv4/IPv6 addresses as Subject Alternative Names on the server TLS cert",
  ),
  flag(
    "tls-san-security",
    "bool",
    "(listener) Refuse Subject Alternative Names that are not configured",
    { value: "true" },
  ),
  flag(
    "cluster-cidr",
    "slice",
    "(networking) IPv4/IPv6 network CIDRs to use for pod IPs (default: 10.42.0.0/16)",
  ),
  flag(
    "service-cidr",
    "slice",
    "(networking) IPv4/IPv6 network CIDRs to use for service IPs (default: 10.43.0.0/16)",
  ),
  flag(
    "service-node-port-range",
    "string",
    "(networking) Port range to reserve for services with NodePort visibility",
    { value: "30000-32767" },
  ),
  flag(
    "cluster-dns",
    "slice",
    "(networking) IPv4 Cluster IP for coredns service (default: 10.43.0.10)",
  ),
  flag("cluster-domain", "string", "(networking) Cluster Domain", { value: "cluster.local" }),
  flag(
    "flannel-backend",
    "string",
    "(networking) Backend (valid values: 'none', 'vxlan', 'host-gw', 'wireguard-native')",
    { value: "vxlan" },
  ),
  flag("flannel-ipv6-masq", "bool", "(networking) Enable IPv6 masquerading for pod"),
  flag(
    "flannel-external-ip",
    "bool",
    "(networking) Use node external IP addresses for Flannel traffic",
  ),
  flag("multus", "bool", "(networking) Deploy multus-cni"),
  flag(
    "egress-selector-mode",
    "string",
    "(networking) One of 'agent', 'cluster', 'pod', 'disabled'",
    { value: "agent" },
  ),
  flag(
    "servicelb-namespace",
    "string",
    "(networking) Namespace of the pods for the servicelb component",
    { value: "kube-system" },
  ),
  flag("write-kubeconfig,o", "string", "(client) Write kubeconfig for admin client to this file", {
    env: "K3S_KUBECONFIG_OUTPUT",
  }),
  flag("write-kubeconfig-mode", "string", "(client) Write kubeconfig with this mode", {
    env: "K3S_KUBECONFIG_MODE",
  }),
  flag("write-kubeconfig-group", "string", "(client) Write kubeconfig with this group", {
    env: "K3S_KUBECONFIG_GROUP",
  }),
  flag("helm-job-image", "string", "(helm) Default image to use for helm jobs"),
  flag(
    "agent-token",
    "string",
    "(cluster) Shared secret used to join agents to the cluster, but not servers",
    { env: "K3S_AGENT_TOKEN" },
  ),
  flag("agent-token-file", "string", "(cluster) File containing the agent secret", {
    env: "K3S_AGENT_TOKEN_FILE",
  }),
  flag("cluster-init", "bool", "(cluster) Initialize a new cluster using embedded Etcd", {
    env: "K3S_CLUSTER_INIT",
  }),
  flag(
    "cluster-reset",
    "bool",
    "(cluster) Forget all peers and become sole member of a new cluster",
    { env: "K3S_CLUSTER_RESET" },
  ),
  flag("cluster-reset-restore-path", "string", "(db) Path to snapshot file to be restored"),
  flag("kube-apiserver-arg", "slice", "(flags) Customized flag for kube-apiserver process"),
  flag("etcd-arg", "slice", "(flags) Customized flag for etcd process"),
  flag(
    "kube-controller-manager-arg",
    "slice",
    "(flags) Customized flag for kube-controller-manager process",
  ),
  flag("kube-scheduler-arg", "slice", "(flags) Customized flag for kube-scheduler process"),
  flag(
    "kube-cloud-controller-manager-arg",
    "slice",
    "(flags) Customized flag for kube-cloud-controller-manager process",
  ),
  flag(
    "kube-controller-arg",
    "slice",
    "(flags) Customized flag for kube-controller-manager process",
  ),
  flag(
    "kube-cloud-controller-arg",
    "slice",
    "(flags) Customized flag for kube-cloud-controller-manager process",
  ),
  flag("kine-tls", "bool", "(experimental/db) Enable TLS on the kine etcd server socket"),
  flag(
    "datastore-endpoint",
    "string",
    "(db) Specify etcd, NATS, MySQL, Postgres, or SQLite (default) data source name",
    { env: "K3S_DATASTORE_ENDPOINT" },
  ),
  flag(
    "datastore-cafile",
    "string",
    "(db) TLS Certificate Authority file used to secure datastore backend communication",
    { env: "K3S_DATASTORE_CAFILE" },
  ),
  flag(
    "datastore-certfile",
    "string",
    "(db) TLS certification file used to secure datastore backend communication",
    { env: "K3S_DATASTORE_CERTFILE" },
  ),
  flag(
    "datastore-keyfile",
    "string",
    "(db) TLS key file used to secure datastore backend communication",
    { env: "K3S_DATASTORE_KEYFILE" },
  ),
  flag("etcd-expose-metrics", "bool", "(db) Expose etcd metrics to client interface"),
  flag("etcd-disable-snapshots", "bool", "(db) Disable automatic etcd snapshots"),
  flag("etcd-snapshot-name", "string", "(db) Set the base name of etcd snapshots", {
    value: "etcd-snapshot",
  }),
  flag("etcd-snapshot-schedule-cron", "string", "(db) Snapshot interval time in cron spec", {
    value: "0 */12 * * *",
  }),
  flag("etcd-snapshot-retention", "int", "(db) Number of snapshots to retain", { value: "5" }),
  flag("etcd-snapshot-reconcile-interval", "duration", "(db) Snapshot reconcile interval"),
  flag("etcd-snapshot-dir", "string", "(db) Directory to save db snapshots"),
  flag("etcd-snapshot-compress", "bool", "(db) Compress etcd snapshot"),
  flag("etcd-s3", "bool", "(db) Enable backup to S3"),
  flag("etcd-s3-endpoint", "string", "(db) S3 endpoint url", { value: "s3.amazonaws.com" }),
  flag("etcd-s3-endpoint-ca", "string", "(db) S3 custom CA cert to connect to S3 endpoint"),
  flag("etcd-s3-skip-ssl-verify", "bool", "(db) Disables S3 SSL certificate validation"),
  flag("etcd-s3-access-key", "string", "(db) S3 access key", { env: "AWS_ACCESS_KEY_ID" }),
  flag("etcd-s3-secret-key", "string", "(db) S3 secret key", { env: "AWS_SECRET_ACCESS_KEY" }),
  flag("etcd-s3-session-token", "string", "(db) S3 session token", { env: "AWS_SESSION_TOKEN" }),
  flag("etcd-s3-bucket", "string", "(db) S3 bucket name"),
  flag("etcd-s3-bucket-lookup-type", "string", "(db) S3 bucket lookup type"),
  flag("etcd-s3-region", "string", "(db) S3 region / bucket location", { value: "us-east-1" }),
  flag("etcd-s3-folder", "string", "(db) S3 folder"),
  flag("etcd-s3-proxy", "string", "(db) Proxy server to use when connecting to S3"),
  flag(
    "etcd-s3-config-secret",
    "string",
    "(db) Name of secret in the kube-system namespace used to configure S3",
  ),
  flag("etcd-s3-insecure", "bool", "(db) Disables S3 over HTTPS"),
  flag("etcd-s3-timeout", "duration", "(db) S3 timeout", { value: "5m0s" }),
  flag("etcd-s3-retention", "int", "(db) S3 retention limit", { value: "5" }),
  flag(
    "default-local-storage-path",
    "string",
    "(storage) Default local storage path for local provisioner storage class",
  ),
  flag(
    "disable",
    "slice",
    "(components) Do not deploy packaged components and delete any deployed components (valid items: coredns, servicelb, traefik, local-storage, metrics-server, runtimes)",
  ),
  flag("disable-scheduler", "bool", "(components) Disable Kubernetes default scheduler"),
  flag(
    "disable-cloud-controller",
    "bool",
    "(components) Disable k3s default cloud controller manager",
  ),
  flag("disable-kube-proxy", "bool", "(components) Disable running kube-proxy"),
  flag(
    "disable-network-policy",
    "bool",
    "(components) Disable k3s default network policy controller",
  ),
  flag("disable-helm-controller", "bool", "(components) Disable Helm controller"),
  flag("disable-apiserver", "bool", "(experimental/components) Disable running api server"),
  flag(
    "disable-controller-manager",
    "bool",
    "(experimental/components) Disable running kube-controller-manager",
  ),
  flag("disable-etcd", "bool", "(experimental/components) Disable running etcd"),
  flag(
    "embedded-registry",
    "bool",
    "(experimental/components) Enable embedded distributed container registry",
  ),
  flag(
    "supervisor-metrics",
    "bool",
    "(experimental/components) Enable serving k3s internal metrics on the supervisor port",
  ),
  flag(
    "system-default-registry",
    "string",
    "(agent/runtime) Private registry to be used for all system images",
    { env: "K3S_SYSTEM_DEFAULT_REGISTRY" },
  ),
  flag("secrets-encryption", "bool", "Enable secret encryption at rest"),
  flag("secrets-encryption-provider", "string", "(experimental) Secret encryption provider"),
  flag("disable-agent", "bool", "Do not run a local agent and register a local kubelet"),
];

/** Flags of `k3s server` and `k3s agent`; source: k3s' `pkg/cli/cmds/server.go` and `agent.go`. */
export const serverFlags: Flag[] = [...common, ...agentShared, ...serverOnly];
export const agentFlags: Flag[] = [...common, ...agentShared];
