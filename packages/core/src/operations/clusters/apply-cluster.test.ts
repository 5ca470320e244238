import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NEW_IMAGE,
} from "../../../test-support/memory-cluster.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { altersAnything } from "../../plan/change.js";
import { changesText } from "../../plan/text.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
let nodes: NodeService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-apply-"));
  restart();
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

function restart(): void {
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
  nodes = new NodeService(deps);
}

const names = async (): Promise<string[]> =>
  (await engine.containers.list()).map(({ name }) => name).toSorted();

describe("apply", () => {
  it("creates what is not there, and does nothing the second time", async () => {
    const config = memoryConfig({ servers: 3, agents: 2, ports: [{ port: "8080:80" }] });
    expect(await clusters.apply(config)).toMatchObject({ created: true });
    const { changes } = await clusters.apply(config);
    expect(changesText(changes)).toBe(changesText([]));
  });

  it.each(
    ["k3d-demo-agent-0", "k3d-demo-server-0"].flatMap((name) =>
      [true, false].flatMap((isMade) => [
        { name, isMade, how: "apply", act: () => clusters.apply(memoryConfig({ agents: 1 })) },
        { name, isMade, how: "start", act: () => clusters.start("demo") },
      ]),
    ),
  )(
    "puts $name back whose replacement was killed before it was filled (made: $isMade): $how",
    async ({ name, isMade, act }) => {
      await clusters.create(memoryConfig({ agents: 1 }));
      const old = await engine.containers.inspect(name);
      const all = await names();
      await engine.containers.stop(name);
      await engine.containers.rename(name, `${name}-k3d-replaced`);
      if (isMade) await engine.containers.create({ ...old.spec, name });
      await act();
      expect(await engine.containers.inspect(name)).toMatchObject({
        id: old.id,
        status: "running",
      });
      expect(await names()).toEqual(all);
    },
  );

  it.each([
    ["edit", () => clusters.edit("demo", { env: ["A=b"] })],
    ["start", () => clusters.start("demo")],
  ])("removes an old node whose replacement runs: %s", async (_name, act) => {
    await clusters.create(memoryConfig({ agents: 1 }));
    const name = "k3d-demo-agent-0";
    const { spec } = await engine.containers.inspect(name);
    await engine.containers.create({ ...spec, name: `${name}-k3d-replaced` });
    await act();
    expect(await names()).toEqual([name, "k3d-demo-server-0", "k3d-demo-serverlb"]);
  });

  it("has Kubernetes forget a lost node before another one of its name is made", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    await engine.containers.remove("k3d-demo-server-2", { force: true });
    await clusters.apply(memoryConfig({ servers: 3, agents: 1 }));
    expect(deps.memoryKube.deleted).toEqual([
      "/api/v1/nodes/k3d-demo-server-2",
      "/api/v1/namespaces/kube-system/secrets/k3d-demo-server-2.node-password.k3s",
    ]);
  });

  it("says what differs, and why", async () => {
    await clusters.create(memoryConfig({ agents: 1 }));
    const plan = await clusters.diff(
      memoryConfig({ agents: 2, env: [{ envVar: "A=b", nodeFilters: ["agent:0"] }] }),
    );
    expect(changesText(plan.changes.filter(({ kind }) => kind !== "forward")))
      .toMatchInlineSnapshot(`
      "KIND   NAME                        ACTION   DETAILS
      image  docker.io/rancher/k3s:test  get      for 1 node
      agent  k3d-demo-agent-0            replace  variable A is new (interrupts the node's pods)
      agent  k3d-demo-agent-1            create   it is missing; at 172.18.0.6; 3 mounts; 1 file
      "
    `);
  });

  it.each([
    ["removed", (name: string) => engine.containers.remove(name, { force: true })],
    ["stopped", (name: string) => engine.containers.stop(name)],
    ["paused", (name: string) => engine.containers.pause(name)],
    ["renamed", (name: string) => engine.containers.rename(name, `${name}-x`)],
    [
      "disconnected",
      (name: string) => engine.networks.disconnect("k3d-demo", name, { force: true }),
    ],
  ])("mends a node that was %s by hand", async (_how, drift) => {
    const config = memoryConfig({ servers: 3, agents: 2 });
    await clusters.create(config);
    const before = await engine.containers.inspect("k3d-demo-agent-1");
    for (const name of ["k3d-demo-agent-1", "k3d-demo-serverlb"]) await drift(name);
    expect(altersAnything((await clusters.diff(config)).changes)).toBe(true);
    await clusters.apply(config);
    expect(altersAnything((await clusters.diff(config)).changes)).toBe(false);
    const after = await engine.containers.inspect("k3d-demo-agent-1");
    expect(after).toMatchObject({ status: "running" });
    expect(after.networks[0]?.fixedIpv4Address).toBe(before.networks[0]?.fixedIpv4Address);
  });

  it("gives a renamed node its name back and makes it as it shall be, at once", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    await engine.containers.rename("k3d-demo-server-0", "mine");
    await engine.containers.stop("mine");
    const config = memoryConfig({ servers: 3, image: NEW_IMAGE });
    await clusters.apply(config);
    expect(await engine.containers.inspect("k3d-demo-server-0")).toMatchObject({
      image: NEW_IMAGE,
      status: "running",
    });
    expect((await clusters.apply(config)).changes).toEqual([]);
  });

  it("removes what a replacement left aside, and Kubernetes keeps the node", async () => {
    const config = memoryConfig({ agents: 1 });
    await clusters.create(config);
    const { spec } = await engine.containers.inspect("k3d-demo-agent-0");
    await engine.containers.create({ ...spec, name: "k3d-demo-agent-0-k3d-replaced", ports: [] });
    const { changes } = await clusters.diff(config);
    expect(changes.filter(({ action }) => action === "remove")).toMatchObject([
      { name: "k3d-demo-agent-0-k3d-replaced" },
    ]);
    await clusters.apply(config);
    expect(await names()).toEqual(["k3d-demo-agent-0", "k3d-demo-server-0", "k3d-demo-serverlb"]);
    expect(deps.memoryKube.deleted).toEqual([]);
  });

  it("reaches what is wanted from any state, and then changes nothing", async () => {
    const config = fc.record({
      servers: fc.constantFrom(1, 3),
      agents: fc.integer({ min: 0, max: 3 }),
      image: fc.constantFrom("docker.io/rancher/k3s:test", NEW_IMAGE),
      ports: fc.constantFrom<SimpleConfig["ports"]>(
        [],
        [{ port: "8080:80" }],
        [{ port: "9000:90" }],
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(config, { minLength: 1, maxLength: 4 }), async (wanted) => {
        restart();
        // A single server has a datastore that no other can join: that is refused elsewhere.
        const base = { ...wanted[0], servers: 3 } as const;
        for (const next of [base, ...wanted]) {
          const resolved = memoryConfig({ ...next, servers: 3 });
          await clusters.apply(resolved);
          expect(
            (await clusters.apply(resolved)).changes.filter((change) => altersAnything([change])),
          ).toEqual([]);
          expect((await names()).filter((name) => name.includes("-agent-"))).toHaveLength(
            next.agents ?? 0,
          );
        }
        await engine.close();
      }),
      { numRuns: 15 },
    );
  });
});

describe("nodes", () => {
  it("come, are forwarded to, go, and come again under the same name", async () => {
    await clusters.create(memoryConfig({ agents: 1 }));
    for (let round = 1; round <= 2; round++) {
      const [made] = await nodes.create({ name: "more", cluster: "demo", role: "agent" });
      expect(made).toMatchObject({ name: "k3d-more-0", status: "running", cluster: "demo" });
      await nodes.delete(["more-0"]);
      expect(await names()).not.toContain("k3d-more-0");
    }
    expect(deps.memoryKube.deleted).toContain("/api/v1/nodes/k3d-more-0");
    expect(deps.memoryKube.deleted).toContain(
      "/api/v1/namespaces/kube-system/secrets/k3d-more-0.node-password.k3s",
    );
  });

  it("are told of when Kubernetes keeps them, as k3s does with members of etcd", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    deps.memoryKube.held.set("k3d-demo-server-2", ["wrangler.cattle.io/node"]);
    const began = deps.clock.now();
    await nodes.delete(["k3d-demo-server-2"]);
    expect(await names()).not.toContain("k3d-demo-server-2");
    expect(deps.told).toContainEqual(
      expect.objectContaining({
        type: "warning",
        message:
          "Kubernetes has not finished removing node k3d-demo-server-2: it waits for wrangler.cattle.io/node",
        hint: expect.stringContaining("kubectl patch node k3d-demo-server-2"),
      }),
    );
    expect(deps.clock.now() - began).toBeLessThan(15_000);
  });

  it("are not taken for gone by an answer that is not Kubernetes'", async () => {
    await clusters.create(memoryConfig({ servers: 3 }));
    deps.memoryKube.page = { status: 404, body: "404 page not found\n" };
    await nodes.delete(["k3d-demo-server-2"]);
    expect(deps.told).toContainEqual(
      expect.objectContaining({
        message: "Kubernetes has not finished removing node k3d-demo-server-2",
      }),
    );
  });

  it.each([
    ["v1.21.14+k3s1", []],
    ["v1.22.2+k3s1", ["/api/v1/nodes/k3d-demo-server-2"]],
  ])("leave etcd first where k3s %s can be asked for it", async (version, patched) => {
    await clusters.create(memoryConfig({ servers: 3 }));
    deps.memoryKube.members.add("k3d-demo-server-2");
    deps.memoryKube.kubelet = version;
    await nodes.delete(["k3d-demo-server-2"]);
    expect(deps.memoryKube.patched.filter((path) => path.startsWith("/api/v1/nodes"))).toEqual(
      patched,
    );
    expect(await names()).not.toContain("k3d-demo-server-2");
  });

  it.each([
    ["server", "INVALID_INPUT"],
    ["agent", "ALREADY_EXISTS"],
  ] as const)("refuses a %s that cannot join, and changes nothing", async (role, code) => {
    await clusters.create(memoryConfig());
    if (role === "agent") await nodes.create({ name: "more", cluster: "demo", role });
    const before = await names();
    await expect(nodes.create({ name: "more", cluster: "demo", role })).rejects.toMatchObject({
      code,
    });
    expect(await names()).toEqual(before);
  });

  it("keeps the last server", async () => {
    await clusters.create(memoryConfig());
    await expect(nodes.delete(["k3d-demo-server-0"])).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });

  it("need a token for a cluster elsewhere", async () => {
    const request = { name: "far", cluster: "https://10.0.0.5:6443", role: "agent" } as const;
    await expect(nodes.create(request)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  });
});

describe("ports", () => {
  it("are added, added again without a change, refused where taken, and removed", async () => {
    await clusters.create(memoryConfig({ ports: [{ port: "1111:2222" }] }));
    const balancer = async () =>
      (await engine.containers.inspect("k3d-demo-serverlb")).ports.map(
        ({ hostPort, containerPort }) => `${hostPort}:${containerPort}`,
      );
    const before = await balancer();
    const both = { portAdd: ["1111:2222", "3333:4444"] };
    await nodes.edit("demo-serverlb", both);
    expect(await balancer()).toEqual([...before, "3333:4444"]);
    expect((await clusters.edit("demo", both)).changes).toEqual([]);
    await expect(clusters.edit("demo", { portAdd: ["1111:80"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
    await clusters.edit("demo", { portDelete: ["3333:4444"] });
    expect(await balancer()).toEqual(before);
    await expect(clusters.edit("demo", { portDelete: ["9:9"] })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("start", () => {
  it("makes a load balancer anew that was removed", async () => {
    await clusters.create(memoryConfig());
    const port = (await engine.containers.inspect("k3d-demo-serverlb")).ports[0]?.hostPort;
    await clusters.stop("demo");
    await engine.containers.remove("k3d-demo-serverlb");
    await clusters.start("demo");
    const balancer = await engine.containers.inspect("k3d-demo-serverlb");
    expect(balancer).toMatchObject({ status: "running", ports: [{ hostPort: port }] });
  });

  it.each(["start", "stop"] as const)(
    "%s says of remains without a server that they can only be deleted",
    async (verb) => {
      await clusters.create(memoryConfig({ agents: 1 }));
      await engine.containers.remove("k3d-demo-server-0", { force: true });
      await expect(clusters[verb]("demo")).rejects.toMatchObject({
        code: "CONTAINER_FAILED",
        hint: expect.stringContaining("cluster delete demo") as string,
      });
    },
  );
});
