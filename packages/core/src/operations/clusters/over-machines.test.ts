import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  MemoryKube,
} from "../../../test-support/memory-cluster.js";
import { K3dError } from "../../errors/index.js";
import { composeMachines } from "../../machines/index.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { MemoryGroup, type MemoryRuntime } from "../../testing/index.js";
import { observeCluster } from "../../observe/cluster.js";
import { configOf } from "../../plan/config-of.js";
import { ListingService } from "../listing/listing-service.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

const NAMES = ["big", "two", "three"] as const;
const AWAY = new K3dError("RUNTIME_UNAVAILABLE", "no route to host");

let home: string;
let engines: Record<(typeof NAMES)[number], MemoryRuntime>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-machines-"));
  const group = new MemoryGroup();
  engines = { big: memoryEngine(group), two: memoryEngine(group), three: memoryEngine(group) };
});
afterEach(async () => {
  await Promise.all(Object.values(engines).map((engine) => engine.close()));
  await rm(home, { recursive: true });
});

/** A command's own connection: to all machines but those that are gone. */
function connect(...gone: string[]) {
  const runtime = composeMachines(
    NAMES.map((name) => ({ name, engine: gone.includes(name) ? AWAY : engines[name] })),
  );
  return { ...services(runtime), runtime };
}

function services(runtime: ContainerRuntime) {
  const deps = {
    ...memoryDeps(engines.big, runtime, home),
    kube: new MemoryKube(runtime).clients,
  };
  const listing = new ListingService({
    runtime,
    onEveryRuntime: async () => [],
    answers: async () => true,
  });
  return { clusters: new ClusterService(deps), nodes: new NodeService(deps), listing, deps };
}

const config = (more = {}) =>
  memoryConfig({ agents: 2, machines: NAMES.map((name) => ({ name })), ...more });

/** As after `docker swarm leave --force`. */
async function aloneNow(engine: MemoryRuntime): Promise<MemoryRuntime> {
  const info = await engine.info();
  const { managers: _managers, member: _member, ...machineGroup } = info.machineGroup ?? {};
  return Object.assign(Object.create(engine) as MemoryRuntime, {
    info: async () => ({ ...info, machineGroup: { ...machineGroup, managers: [] } }),
  });
}

const on = async (machine: (typeof NAMES)[number]): Promise<string[]> =>
  (await engines[machine].containers.list()).map(({ name }) => name).toSorted();

describe("a cluster over three machines", () => {
  it("is made, stopped, started and deleted on all of them", async () => {
    await connect().clusters.create(config());
    expect(await on("big")).toEqual(["k3d-demo-server-0", "k3d-demo-serverlb"]);
    expect(await on("two")).toEqual(["k3d-demo-agent-0"]);
    expect(await on("three")).toEqual(["k3d-demo-agent-1"]);
    const stopped = await connect().clusters.stop("demo");
    expect(stopped.nodes.map(({ status }) => status)).toEqual(Array(4).fill("stopped"));
    const started = await connect().clusters.start("demo");
    expect(started.agents).toEqual({ running: 2, total: 2 });
    await connect().clusters.delete("demo");
    for (const name of NAMES) expect(await inventory(engines[name])).toEqual([]);
  });

  it("starts without the nodes of a machine whose engine has left the group, and says what to do", async () => {
    await connect().clusters.create(config());
    await connect().clusters.stop("demo");
    const missing = new K3dError("NOT_FOUND", "could not find network k3d-demo");
    engines.two.fail("containers.start", missing, { times: 99 });
    const alone = await aloneNow(engines.two);
    const machines = NAMES.map((name) => ({
      name,
      engine: name === "two" ? alone : engines[name],
    }));
    const { clusters, deps } = services(composeMachines(machines));
    const { nodes } = await clusters.start("demo");
    expect(Object.fromEntries(nodes.map(({ name, status }) => [name, status]))).toEqual({
      "k3d-demo-server-0": "running",
      "k3d-demo-serverlb": "running",
      "k3d-demo-agent-0": "stopped",
      "k3d-demo-agent-1": "running",
    });
    expect(deps.told).toContainEqual(
      expect.objectContaining({
        type: "warning",
        message: expect.stringMatching(/^Nodes on two .* machine two is in no group/),
        hint: "Run on two: join",
      }),
    );
  });

  it("does not start where the first machine has left the group", async () => {
    await connect().clusters.create(config());
    await connect().clusters.stop("demo");
    const alone = await aloneNow(engines.big);
    const machines = NAMES.map((name) => ({
      name,
      engine: name === "big" ? alone : engines[name],
    }));
    const { clusters } = services(composeMachines(machines));
    await expect(clusters.start("demo")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining("machine big is in no group"),
      hint: expect.stringContaining("Run on big: begin"),
    });
  });

  it("is undone on all of them when it fails", async () => {
    engines.three.fail("containers.start", "CONTAINER_FAILED", { times: 9 });
    await expect(connect().clusters.create(config())).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
    });
    for (const name of NAMES) expect(await inventory(engines[name])).toEqual([]);
  });

  it("needs nothing more when it is as its config says", async () => {
    await connect().clusters.create(config());
    const { changes } = await connect().clusters.apply(config());
    expect(changes).toEqual([]);
  });

  it("has a config without what its machines make of it, for snapshots", async () => {
    const extraArgs = [{ arg: "--disable=traefik", nodeFilters: ["server:*"] }];
    await connect().clusters.create(config({ options: { k3s: { extraArgs } } }));
    const observed = await observeCluster(connect().runtime, "demo");
    if (observed === undefined) throw new Error("the cluster is not there");
    const server = observed.nodes.find(({ role }) => role === "server");
    expect(server?.info.spec.process.args).toContain("--flannel-iface");
    const sources = { imageLabels: {}, registriesYaml: undefined, hooks: undefined };
    expect(configOf(observed, sources).options?.k3s?.extraArgs).toEqual(extraArgs);
  });

  it("grows where the fewest nodes are, or where it is told to", async () => {
    await connect().clusters.create(config({ agents: 1 }));
    await connect().nodes.create({ name: "more", cluster: "demo", role: "agent", replicas: 2 });
    expect(await on("big")).toContain("k3d-more-0");
    expect(await on("three")).toEqual([]);
    const request = { name: "there", cluster: "demo", role: "agent" } as const;
    await connect().nodes.create({ ...request, machine: "two" });
    expect(await on("two")).toContain("k3d-there-0");
    const elsewhere = connect().nodes.create({ ...request, name: "other", machine: "four" });
    await expect(elsewhere).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });

  it("is not made while a machine is gone", async () => {
    await expect(connect("two").clusters.create(config())).rejects.toMatchObject({
      message: expect.stringContaining("machine two cannot be reached"),
    });
    for (const name of NAMES) expect(await inventory(engines[name])).toEqual([]);
  });
});

describe("a cluster of which a machine is gone", () => {
  beforeEach(async () => void (await connect().clusters.create(config())));

  it("is listed with its nodes there as unreachable", async () => {
    const { listing } = connect("three");
    const nodes = await listing.nodes({ details: true });
    expect(nodes.map(({ name, status, machine }) => [name, status, machine])).toEqual([
      ["k3d-demo-server-0", "running", "big"],
      ["k3d-demo-agent-0", "running", "two"],
      ["k3d-demo-serverlb", "running", "big"],
      ["k3d-demo-agent-1", "unreachable", "three"],
    ]);
    const [cluster] = await listing.clusters({ details: true });
    expect(cluster).toMatchObject({
      agents: { running: 1, total: 2 },
      state: { status: "degraded", running: 3, total: 4 },
    });
  });

  it("stops and starts without it", async () => {
    await connect("three").clusters.stop("demo");
    await connect("three").clusters.start("demo");
    expect((await engines.two.containers.list())[0]?.status).toBe("running");
  });

  it("makes no load balancer anew that is only out of reach", async () => {
    await connect("big")
      .clusters.start("demo")
      .catch(() => {});
    expect(await on("two")).toEqual(["k3d-demo-agent-0"]);
  });

  it("takes no further node in, and is not changed", async () => {
    const { clusters, nodes } = connect("three");
    const growing = nodes.create({ name: "more", cluster: "demo", role: "agent" });
    await expect(growing).rejects.toThrow("three cannot be reached");
    await expect(clusters.edit("demo", { agents: 3 })).rejects.toThrow("three cannot be reached");
    await expect(clusters.apply(config())).rejects.toThrow("three cannot be reached");
  });

  it("is deleted but for what is there, and wholly when it is back", async () => {
    await expect(connect("three").clusters.delete("demo")).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      details: { machines: ["three"], nodes: ["k3d-demo-agent-1 on three"] },
    });
    expect(await on("big")).toEqual([]);
    expect(await on("two")).toEqual([]);
    await connect().clusters.delete("demo");
    for (const name of NAMES) expect(await inventory(engines[name])).toEqual([]);
  });
});

describe("a cluster that is seen in part", () => {
  it("is shown so, and touched by nothing that does not know its machines", async () => {
    await connect().clusters.create(config());
    const { clusters, listing } = services(engines.big);
    expect((await listing.nodes()).map(({ status }) => status)).toContain("unreachable");
    for (const refused of [
      clusters.delete("demo"),
      clusters.stop("demo"),
      clusters.start("demo"),
      clusters.apply(memoryConfig()),
    ])
      await expect(refused).rejects.toMatchObject({
        code: "INVALID_INPUT",
        hint: expect.stringContaining("K3D_MACHINES"),
      });
    expect(await on("big")).toHaveLength(2);
  });
});
