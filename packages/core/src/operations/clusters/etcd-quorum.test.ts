import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import { RESET_ETCD_PATH } from "../../node/entrypoint-parts.js";
import { readContainerFile } from "../../runtime/read-file.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let clusters: ClusterService;
let nodes: NodeService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-quorum-"));
  engine = memoryEngine();
  const deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
  nodes = new NodeService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const lose = async (...names: string[]): Promise<void> => {
  for (const name of names) await engine.containers.remove(`k3d-demo-${name}`, { force: true });
};
const word = (name: string) => readContainerFile(engine, `k3d-demo-${name}`, RESET_ETCD_PATH);

const isThere = async (name: string): Promise<boolean> =>
  (await engine.containers.list()).some((container) => container.name === `k3d-demo-${name}`);

describe("a cluster that lost servers", () => {
  it("starts while more than half of them are there", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    await clusters.stop("demo");
    await lose("server-0");
    const { nodes: left } = await clusters.start("demo");
    expect(left.every(({ status }) => status === "running")).toBe(true);
  });

  it.each([
    ["start", () => clusters.start("demo")],
    ["apply", () => clusters.apply(memoryConfig({ servers: 3 }))],
    ["edit", () => clusters.edit("demo", { servers: 3 })],
  ])("explains at once that it has no quorum: %s", async (_name, act) => {
    await clusters.create(memoryConfig({ servers: 3 }));
    await lose("server-0", "server-2");
    const calls = engine.calls.length;
    await expect(act()).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      message: expect.stringContaining(
        "of 3 servers, k3d-demo-server-0 and k3d-demo-server-2 are gone",
      ),
      hint: expect.stringContaining("k3d cluster start demo --reset-etcd"),
    });
    const made = engine.calls
      .slice(calls)
      .filter(({ operation }) => /create|start/.test(operation));
    expect(made).toEqual([]);
  });

  it("goes on with the one that is left, and grows again", async () => {
    await clusters.create(memoryConfig({ servers: 3, agents: 1 }));
    await lose("server-0", "server-2");
    const { id } = await engine.containers.inspect("k3d-demo-server-1");
    const cluster = await clusters.start("demo", { resetEtcd: true });
    expect(cluster.nodes.every(({ status }) => status === "running")).toBe(true);
    expect((await engine.containers.inspect("k3d-demo-server-1")).id).toBe(id);
    expect(await word("server-1")).toBe("");
    await clusters.edit("demo", { servers: 2 });
    await clusters.apply(memoryConfig({ servers: 3, agents: 1 }));
    const names = (await engine.containers.list()).map(({ name }) => name);
    expect(names).toContain("k3d-demo-server-2");
    expect(await word("server-2")).toBeUndefined();
  });

  it("has each server join by a lease of its own, not by the Node that one of its name left", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    await lose("server-1", "server-2");
    const cluster = await clusters.start("demo", { resetEtcd: true });
    expect(cluster.nodes).toHaveLength(2);

    const deps = memoryDeps(engine, engine, home);
    for (const name of ["k3d-demo-server-1", "k3d-demo-server-2"]) deps.memoryKube.nodes.add(name);
    const { kube } = deps;
    let looks = 0;
    deps.kube = (...given) => {
      const client = kube(...given);
      const send: typeof client.send = async (request, ...more) => {
        if (request.path.includes("endpointslices")) return { status: 404, body: "" };
        const answer = await client.send(request, ...more);
        const early = request.path.includes("leases") && (looks += 1) < 5;
        if (early) expect(await isThere("server-2")).toBe(false);
        return early ? { status: 200, body: '{"items":[]}' } : answer;
      };
      return { ...client, send };
    };
    await new ClusterService(deps).edit("demo", { servers: 3 });
    expect(looks).toBeGreaterThanOrEqual(5);
    expect(await isThere("server-2")).toBe(true);
  });

  it("says which servers to delete before one of several is kept", async () => {
    await clusters.create(memoryConfig({ servers: 5 }));
    await lose("server-0", "server-1", "server-2");
    await expect(clusters.start("demo")).rejects.toMatchObject({
      hint: expect.stringContaining("k3d node delete"),
    });
    await expect(clusters.start("demo", { resetEtcd: true })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("k3d-demo-server-3, k3d-demo-server-4"),
    });
    expect(await word("server-3")).toBeUndefined();
  });

  it("is no matter of clusters whose load balancer knows only the servers that are there", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    await nodes.delete(["k3d-demo-server-2"]);
    await nodes.delete(["k3d-demo-server-1"]);
    await clusters.stop("demo");
    await expect(clusters.start("demo")).resolves.toMatchObject({ name: "demo" });
  });

  it("has no etcd to reset with one server of its own, and none with a datastore elsewhere", async () => {
    await clusters.create(memoryConfig({ servers: 1 }));
    await expect(clusters.start("demo", { resetEtcd: true })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await clusters.delete("demo");
    const elsewhere = {
      servers: 3,
      options: {
        k3s: {
          extraArgs: [
            { arg: "--datastore-endpoint=https://10.0.0.9:2379", nodeFilters: ["server:*"] },
          ],
        },
      },
    };
    await clusters.create(memoryConfig(elsewhere));
    await lose("server-1", "server-2");
    await expect(clusters.start("demo")).resolves.toMatchObject({ name: "demo" });
  });
});
