import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { NodeService } from "./node-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let clusters: ClusterService;
let nodes: NodeService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-node-create-"));
  engine = memoryEngine();
  const deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
  nodes = new NodeService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const CONFIG: Partial<SimpleConfig> = {
  servers: 3,
  agents: 2,
  env: [
    { envVar: "EVERYWHERE=1", nodeFilters: ["all"] },
    { envVar: "ONCE=1", nodeFilters: ["agent:0"] },
  ],
  volumes: [
    { volume: "/srv/all:/srv/all:ro", nodeFilters: ["agent:*"] },
    { volume: "/srv/one:/srv/one", nodeFilters: ["agent:1"] },
    { volume: "data:/var/lib/rancher/k3s", nodeFilters: ["agent:*"] },
  ],
  options: {
    k3s: {
      extraArgs: [
        { arg: "--disable=traefik", nodeFilters: ["server:*"] },
        { arg: "--node-taint=a=b:NoSchedule", nodeFilters: ["agent:0"] },
        { arg: "--bind-address=0.0.0.0", nodeFilters: ["agent:*"] },
      ],
      nodeLabels: [{ label: "tier=work", nodeFilters: ["agent:*"] }],
    },
    runtime: { agentsMemory: "512m", ulimits: [{ name: "nofile", soft: 1024, hard: 2048 }] },
  },
};

const specOf = async (name: string) => (await engine.containers.inspect(name)).spec;

it("gives a new node what all of its role were given, and nothing that one of them has", async () => {
  await clusters.create(memoryConfig(CONFIG));
  await nodes.create({ name: "more", cluster: "demo", role: "agent" });
  const { process, mounts, linux } = await specOf("k3d-more-0");
  expect(process.args?.slice(2)).toEqual(["--node-label", "tier=work"]);
  expect(process.env).toContain("EVERYWHERE=1");
  expect(process.env).not.toContain("ONCE=1");
  expect(process.rlimits).toEqual([{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2048 }]);
  expect(mounts.flatMap(({ type, destination }) => (type === "bind" ? destination : []))).toEqual([
    "/srv/all",
  ]);
  expect(mounts.map(({ destination }) => destination)).not.toContain("/var/lib/rancher/k3s");
  expect(linux.resources?.memory?.limit).toBe(512 * 1024 * 1024);
});

it("gives a new server the arguments that k3s wants to be alike, and not to begin a cluster", async () => {
  await clusters.create(memoryConfig(CONFIG));
  await clusters.edit("demo", { servers: 4 });
  const { process, linux } = await specOf("k3d-demo-server-3");
  const { process: second } = await specOf("k3d-demo-server-1");
  expect(process.args).toEqual(second.args);
  expect(process.args).toContain("--disable=traefik");
  expect(linux.resources?.memory?.limit).toBeUndefined();
});

it("prefers what is asked for, and takes neither arguments nor limits of another role", async () => {
  await clusters.create(
    memoryConfig({
      ...CONFIG,
      agents: 0,
      servers: 1,
      env: [{ envVar: "EVERYWHERE=1", nodeFilters: ["all"] }],
      volumes: [],
      options: {
        ...CONFIG.options,
        k3s: { extraArgs: [{ arg: "--disable=traefik", nodeFilters: ["server:*"] }] },
        runtime: { ...CONFIG.options?.runtime, agentsMemory: undefined, serversMemory: "1g" },
      },
    }),
  );
  await nodes.create({
    name: "first",
    cluster: "demo",
    role: "agent",
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 10, hard: 20 }],
  });
  const first = await specOf("k3d-first-0");
  expect(first.process.args).toHaveLength(2);
  expect(first.process.env).toContain("EVERYWHERE=1");
  expect(first.process.rlimits).toEqual([{ type: "RLIMIT_NOFILE", soft: 10, hard: 20 }]);
  expect(first.linux.resources?.memory?.limit).toBeUndefined();
  await nodes.create({ name: "second", cluster: "demo", role: "agent", memory: 600_000_000 });
  expect((await specOf("k3d-second-0")).linux.resources?.memory?.limit).toBe(600_000_000);
});

it("shares no directory in which a node keeps its state, and places no file over a mount", async () => {
  const volumes = [
    "etcd:/var/lib/rancher/k3s/server/db/etcd",
    "tls:/var/lib/rancher/k3s/server/tls",
    "all:/var/lib",
    "/srv/manifests:/var/lib/rancher/k3s/server/manifests/own",
    "/srv/registries.yaml:/etc/rancher/k3s/registries.yaml",
  ].map((volume) => ({ volume, nodeFilters: ["server:*"] }));
  const env = ["K3S_NODE_TAINT=a", "OTHER=b"].map((envVar) => ({
    envVar,
    nodeFilters: ["server:*"],
  }));
  await clusters.create(memoryConfig({ servers: 3, volumes, env }));
  engine.files("k3d-demo-server-0").writeText("/etc/rancher/k3s/registries.yaml", "mirrors: {}\n");
  await nodes.create({ name: "more", cluster: "demo", role: "server" });
  const given = async (name: string): Promise<string[]> =>
    (await specOf(name)).mounts.flatMap(({ type, destination }) =>
      type === "tmpfs" || destination === "/k3d/images" ? [] : destination,
    );
  expect(await given("k3d-more-0")).toEqual([
    "/var/lib/rancher/k3s/server/manifests/own",
    "/etc/rancher/k3s/registries.yaml",
  ]);
  expect(engine.files("k3d-more-0").readText("/etc/rancher/k3s/registries.yaml")).toBeUndefined();

  await nodes.create({ name: "first", cluster: "demo", role: "agent" });
  expect(await given("k3d-first-0")).toEqual(["/etc/rancher/k3s/registries.yaml"]);
  const entries = (await specOf("k3d-first-0")).process.env;
  expect(entries).toContain("OTHER=b");
  expect(entries).not.toContain("K3S_NODE_TAINT=a");
});
