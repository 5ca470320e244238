import { expect, it } from "vitest";
import { assembleConfig } from "../config/assemble.js";
import type { NodeView } from "../node/views.js";
import { desiredCluster } from "../plan/desired-cluster.js";
import { factsFixture } from "../plan/facts.fixture.js";
import type { Change } from "../plan/change.js";
import { compareGraphs } from "./compare.js";
import type { ClusterGraph } from "./graph.js";
import { observedGraph, plannedGraph, type GraphSource } from "./sources.js";

async function planned(config: string): Promise<ClusterGraph> {
  const { config: resolved } = await assembleConfig({
    flags: {},
    environment: {},
    workingDirectory: "/work",
    configPath: "k3d.yaml",
    readStdin: async () => "",
    readFile: async () => `apiVersion: k3d.io/v1alpha5\nkind: Simple\n${config}`,
  });
  return plannedGraph(await desiredCluster(resolved, factsFixture()));
}

const edges = (graph: ClusterGraph): string[] =>
  graph.edges.map(({ from, to, kind, label }) => `${from} ${kind} ${to} ${label}`);

const differing = (graph: ClusterGraph): string[] =>
  [...graph.networks, ...graph.nodes].flatMap(({ id, difference }) =>
    difference === undefined ? [] : `${difference} ${id}`,
  );

it("shows what a config file plans", async () => {
  const graph = await planned(`
metadata: {name: demo}
servers: 1
agents: 1
ports:
  - {port: "8080:80", nodeFilters: [loadbalancer]}
  - {port: "127.0.0.1:5353:53/udp", nodeFilters: ["agent:0:direct"]}
volumes:
  - {volume: "/srv/data:/data", nodeFilters: ["agent:0"]}
registries: {create: {name: reg, hostPort: "5001"}}
kubeAPI: {hostPort: "6550"}
`);
  expect(graph).toMatchObject({ cluster: "demo", state: "planned", machine: "memory" });
  expect(graph.networks).toEqual([{ id: "network:k3d-demo", name: "k3d-demo", details: [] }]);
  expect(graph.nodes.map(({ id }) => id)).toEqual([
    "port:6550",
    "port:8080",
    "port:5001",
    "port:127.0.0.1:5353/udp",
    "loadbalancer:k3d-demo-serverlb",
    "volume:k3d-demo-images",
    "registry:reg",
    "server:k3d-demo-server-0",
    "agent:k3d-demo-agent-0",
    "directory:/srv/data",
  ]);
  expect(edges(graph)).toEqual(
    expect.arrayContaining([
      "port:6550 publishes loadbalancer:k3d-demo-serverlb 6443",
      "port:8080 publishes loadbalancer:k3d-demo-serverlb 80",
      "port:5001 publishes registry:reg 5000",
      "port:127.0.0.1:5353/udp publishes agent:k3d-demo-agent-0 53/udp",
      "loadbalancer:k3d-demo-serverlb forwards server:k3d-demo-server-0 6443, 80",
      "loadbalancer:k3d-demo-serverlb forwards agent:k3d-demo-agent-0 80",
      "agent:k3d-demo-agent-0 mounts directory:/srv/data /data",
    ]),
  );
  for (const { from, to } of graph.edges) {
    expect(graph.nodes.map(({ id }) => id)).toEqual(expect.arrayContaining([from, to]));
  }
});

const ANONYMOUS = "a".repeat(64);

function node(changes: Partial<NodeView>): NodeView {
  return {
    name: "k3d-demo-server-0",
    role: "server",
    cluster: "demo",
    status: "running",
    runtime: "docker",
    id: "1",
    image: "rancher/k3s:v1.36.4-k3s1",
    created: new Date(0),
    networks: ["k3d-demo"],
    ports: [],
    initServer: true,
    labels: {},
    ...changes,
  };
}

function source(nodes: GraphSource["nodes"]): GraphSource {
  return {
    name: "demo",
    runtime: "docker",
    servers: { running: 1, total: 1 },
    agents: { running: 0, total: 0 },
    hasLoadBalancer: false,
    network: { name: "k3d-demo", ipRange: "172.20.0.0/16", external: true },
    nodes,
    loadBalancer: {
      ports: { "80.tcp": ["k3d-demo-server-0", "k3d-gone"], "53.udp": ["k3d-demo-server-0"] },
      settings: { workerConnections: 1024, defaultProxyTimeout: 600 },
    },
  };
}

it("shows what is there: each port once, no volumes without a name, forwards to nodes that are there", () => {
  const balancer = node({
    name: "k3d-demo-serverlb",
    role: "loadbalancer",
    initServer: false,
    networks: ["k3d-demo", "other"],
    ports: [
      { containerPort: 80, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 8080 },
      { containerPort: 80, protocol: "tcp", hostIp: "::", hostPort: 8080 },
      { containerPort: 80, protocol: "tcp", hostIp: "::1", hostPort: 8081 },
    ],
  });
  const server = node({ status: "stopped", ports: [] });
  const spec = {
    name: server.name,
    image: server.image,
    process: { env: [] },
    labels: {},
    networks: [],
    ports: [{ containerPort: 6443, protocol: "tcp" as const }],
    linux: { resources: { memory: { limit: 512e6 } } },
    mounts: [
      { type: "volume" as const, source: ANONYMOUS, destination: "/var/lib/rancher/k3s" },
      { type: "tmpfs" as const, destination: "/run" },
      { type: "volume" as const, source: "kept", destination: "/k" },
      { type: "volume" as const, source: "images", destination: "/images" },
    ],
  };
  const details = {
    spec,
    restartPolicy: { name: "no" as const },
    mounts: [],
    networks: [],
    restartCount: 0,
  };
  const labels = { "k3d.node.volumes": "kept" };
  const graph = observedGraph(source([{ ...server, labels, details }, balancer]), [
    node({ name: "reg", role: "registry", networks: ["k3d-demo", "bridge"] }),
    node({ name: "elsewhere", role: "registry", networks: ["bridge"] }),
  ]);
  expect(graph.state).toBe("degraded 1/2");
  expect(graph.networks[0]?.details).toEqual(["172.20.0.0/16", "not of this cluster"]);
  expect(graph.nodes.map(({ id }) => id)).toEqual([
    "port:8080",
    "port:[::1]:8081",
    "port:?6443@k3d-demo-server-0",
    "loadbalancer:k3d-demo-serverlb",
    "registry:reg",
    "server:k3d-demo-server-0",
    "volume:images",
  ]);
  expect(graph.nodes.find(({ kind }) => kind === "loadbalancer")?.details).toContain(
    "also on other",
  );
  expect(graph.nodes.find(({ kind }) => kind === "server")).toMatchObject({
    status: "stopped",
    network: "network:k3d-demo",
    details: [
      server.image,
      "first server",
      "at most 512 MB of memory",
      "serves the Kubernetes API",
    ],
  });
  expect(edges(graph).filter((edge) => edge.includes("forwards"))).toEqual([
    "loadbalancer:k3d-demo-serverlb forwards server:k3d-demo-server-0 80, 53/udp",
  ]);
});

function graphWith(...names: string[]): ClusterGraph {
  const nodes = names.map((name) => ({
    id: `server:${name}`,
    kind: "server" as const,
    name,
    details: [],
  }));
  return { cluster: "demo", state: "", machine: "docker", networks: [], nodes, edges: [] };
}

const change = (action: Change["action"], name: string, causes: string[] = []): Change => ({
  action,
  kind: "server",
  name,
  causes,
});

it("compares by the changes: added, removed, changed with its causes", () => {
  const graph = compareGraphs(graphWith("a", "b", "c"), graphWith("a", "b", "d"), [
    change("replace", "b", ["image x becomes y"]),
    change("remove", "c", ["it is no longer wanted"]),
    change("create", "d"),
  ]);
  expect(graph.state).toBe("difference");
  expect(differing(graph)).toEqual(["changed server:b", "added server:d", "removed server:c"]);
  expect(graph.nodes.find(({ name }) => name === "b")?.causes).toEqual(["image x becomes y"]);
});

it("shows a container that no change removes as it is", () => {
  const before = graphWith("a", "kept");
  before.nodes.push({ id: "port:1", kind: "port", name: "1", details: [] });
  before.edges.push({ from: "port:1", to: "server:kept", kind: "publishes", label: "80" });
  const graph = compareGraphs(before, graphWith("a"), []);
  expect(differing(graph)).toEqual([]);
  expect(graph.nodes.map(({ name }) => name)).toEqual(["a", "kept", "1"]);
  expect(graph.edges).toEqual(before.edges);
});

it("takes everything for added where no cluster is", () => {
  expect(differing(compareGraphs(undefined, graphWith("a"), [change("create", "a")]))).toEqual([
    "added server:a",
  ]);
});

it("takes the port that the engine chose for the one that was left open", () => {
  const port = (id: string, open?: boolean) => {
    const graph = graphWith("a");
    graph.nodes.push({ id, kind: "port", name: id, details: [], ...(open ? { open } : {}) });
    graph.edges.push({ from: id, to: "server:a", kind: "publishes", label: "6443" });
    return graph;
  };
  const graph = compareGraphs(port("port:23456"), port("port:?6443@a", true), []);
  expect(differing(graph)).toEqual([]);
  expect(graph.edges).toEqual([
    { from: "port:23456", to: "server:a", kind: "publishes", label: "6443" },
  ]);
});

it("tells what an edge carried before", () => {
  const forward = (label: string) => {
    const graph = graphWith("a", "b");
    graph.edges.push({ from: "server:a", to: "server:b", kind: "forwards", label });
    return graph;
  };
  expect(compareGraphs(forward("80, 443"), forward("443, 80"), []).edges[0]).not.toHaveProperty(
    "difference",
  );
  expect(compareGraphs(forward("80"), forward("80, 443"), []).edges[0]).toMatchObject({
    difference: "changed",
    causes: ["it was 80"],
  });
});
