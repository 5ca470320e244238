import type { ClusterView, NodeView } from "@k3d/core";

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
