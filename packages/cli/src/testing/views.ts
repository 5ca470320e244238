import {
  clusterState,
  type ClusterView,
  type DetailedNode,
  type ListedCluster,
  type NodeView,
} from "@k3d/core";

/** A running node of the cluster `demo`; `changes` win. */
export function nodeView(changes: Partial<NodeView> = {}): NodeView {
  return {
    name: "k3d-demo-server-0",
    role: "server",
    cluster: "demo",
    status: "running",
    runtime: "docker",
    id: "4f1d5c",
    image: "docker.io/rancher/k3s:v1.36.4-k3s1",
    created: new Date("2026-11-22T14:00:00Z"),
    ipv4Address: "172.19.0.3",
    networks: ["k3d-demo"],
    ports: [],
    initServer: true,
    labels: { app: "k3d", "k3d.cluster": "demo", "k3d.cluster.token": "secret-token" },
    ...changes,
  };
}

/** The running cluster `demo` with one server and a load balancer; `changes` win. */
export function clusterView(changes: Partial<ClusterView> = {}): ClusterView {
  return {
    name: "demo",
    runtime: "docker",
    servers: { running: 1, total: 1 },
    agents: { running: 0, total: 0 },
    hasLoadBalancer: true,
    network: { name: "k3d-demo", id: "a5e286", ipRange: "172.19.0.0/16", external: false },
    imageVolume: { name: "k3d-demo-images", external: false },
    api: { host: "0.0.0.0", hostIp: "0.0.0.0", port: 28654 },
    token: "secret-token",
    nodes: [
      nodeView(),
      nodeView({
        name: "k3d-demo-serverlb",
        role: "loadbalancer",
        initServer: false,
        ports: [{ containerPort: 6443, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 28654 }],
      }),
    ],
    ...changes,
  };
}

/** The same cluster as a list shows it. */
export function listedCluster(changes: Partial<ListedCluster> = {}): ListedCluster {
  const view = clusterView(changes);
  return { state: clusterState(view, { apiAnswers: true }), ...view, ...changes };
}

/** A node as an inspection shows it. */
export function inspectedNode(changes: Partial<DetailedNode> = {}): DetailedNode {
  const node = nodeView(changes);
  return {
    ...node,
    details: {
      spec: {
        name: node.name,
        image: node.image,
        process: {
          args: ["/bin/k3d-entrypoint.sh", "server", "--disable=traefik", "--node-label", "zone=a"],
          env: ["K3S_TOKEN=secret-token", "K3S_KUBECONFIG_OUTPUT=/output/kubeconfig.yaml"],
        },
        mounts: [{ type: "volume", source: "k3d-demo-images", destination: "/k3d/images" }],
        labels: node.labels,
        linux: { resources: { memory: { limit: 1_073_741_824 } } },
        networks: [{ name: "k3d-demo" }],
        ports: [],
      },
      restartPolicy: { name: "unless-stopped" },
      mounts: [],
      networks: [],
      restartCount: 0,
      startedAt: new Date("2026-11-22T14:00:01Z"),
    },
    ...changes,
  };
}
