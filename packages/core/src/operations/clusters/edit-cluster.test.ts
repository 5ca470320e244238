import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  addRegistry,
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
} from "../../../test-support/memory-cluster.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { altersAnything } from "../../plan/change.js";
import type { ClusterEdit } from "../contracts.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
let nodes: NodeService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-edit-"));
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
  nodes = new NodeService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

describe("host aliases", () => {
  const ALIASES = [{ ip: "10.0.0.5", hostnames: ["db.local", "cache.local"] }];
  const hostsOf = async (name: string): Promise<string[]> =>
    ((await engine.containers.inspect(name)).spec.extraHosts ?? [])
      .filter(({ hostnames }) => !hostnames.includes("host.k3d.internal"))
      .flatMap(({ ip, hostnames }) => hostnames.map((host) => `${ip} ${host}`));
  const served = (): string =>
    engine.files("k3d-demo-server-0").readText("/etc/k3d/coredns-hosts") ?? "";

  it("come to every node and to pods, and go again, as apply has it", async () => {
    const base: Partial<SimpleConfig> = { agents: 1 };
    await clusters.create(memoryConfig(base));
    const before = served();
    await clusters.edit("demo", { hostAliases: ["10.0.0.5:db.local,cache.local"] });
    for (const name of ["k3d-demo-server-0", "k3d-demo-agent-0"])
      expect(await hostsOf(name), name).toEqual(["10.0.0.5 db.local", "10.0.0.5 cache.local"]);
    expect(served()).toContain("10.0.0.5 db.local\n");
    const same = memoryConfig({ ...base, hostAliases: ALIASES });
    expect(
      (await clusters.diff(same)).changes.filter((change) => altersAnything([change])),
    ).toEqual([]);

    await clusters.edit("demo", { hostAliases: ["10.0.0.5-"] });
    expect(await hostsOf("k3d-demo-agent-0")).toEqual([]);
    expect(served()).toBe(before);
    const { changes } = await clusters.diff(memoryConfig(base));
    expect(changes.filter((change) => altersAnything([change]))).toEqual([]);

    await clusters.apply(same);
    expect(await hostsOf("k3d-demo-agent-0")).toHaveLength(2);
    expect(served()).toContain("10.0.0.5 cache.local\n");
  });
});

describe("registries", () => {
  const yaml = (name: string): string =>
    engine.files(name).readText("/etc/rancher/k3s/registries.yaml") ?? "";
  beforeEach(async () => {
    await addRegistry(engine, "k3d-shared");
    await clusters.create(memoryConfig({ agents: 1 }));
  });

  it("are used and used no longer, and nothing is done for what is so already", async () => {
    const use: ClusterEdit = { registries: ["shared"] };
    const dry = await clusters.edit("demo", use, { dryRun: true });
    expect(dry.changes).toMatchObject([{ action: "connect", name: "k3d-shared" }]);
    expect(yaml("k3d-demo-agent-0")).toBe("");
    await clusters.edit("demo", use);
    for (const name of ["k3d-demo-server-0", "k3d-demo-agent-0"])
      expect(yaml(name), name).toContain("k3d-shared");
    expect((await clusters.edit("demo", use)).changes).toEqual([]);
    await clusters.edit("demo", { registries: ["shared-"] });
    expect(yaml("k3d-demo-agent-0")).not.toContain("k3d-shared");
    const { networks } = await engine.containers.inspect("k3d-shared");
    expect(networks.map(({ name }) => name)).not.toContain("k3d-demo");
  });
});

describe("ports", () => {
  it.each([
    ["a new host port", { portAdd: ["8081:80@loadbalancer"] }, "replace"],
    ["a host port that goes", { portDelete: ["8080:80"] }, "replace"],
    ["other nodes behind a port that is published", { portAdd: ["8080:80@agent:0"] }, "update"],
    ["one more agent", { agents: 2 }, "update"],
  ])("of the load balancer: %s says beforehand what it interrupts", async (_what, edit, action) => {
    const ports = [{ port: "8080:80", nodeFilters: ["server:*"] }];
    await clusters.create(memoryConfig({ agents: 1, ports }));
    const { id } = await engine.containers.inspect("k3d-demo-serverlb");
    const { changes } = await clusters.edit("demo", edit, { dryRun: true });
    const balancer = changes.filter(({ kind }) => kind === "loadbalancer");
    expect(balancer.map((change) => [change.action, change.disturbs])).toEqual(
      action === "replace" ? [["replace", "connections through the load balancer"]] : [],
    );
    await clusters.edit("demo", edit);
    const after = await engine.containers.inspect("k3d-demo-serverlb");
    expect(after.id === id).toBe(action === "update");
  });
});

describe("bad input changes nothing", () => {
  const CASES: Readonly<Record<string, [() => Promise<unknown>, string, RegExp]>> = {
    "an unknown cluster": [() => clusters.edit("dem", { agents: 2 }), "NOT_FOUND", /'demo'/],
    "an unknown node": [() => nodes.delete(["demo-agent-1"]), "NOT_FOUND", /demo-agent-0/],
    "an unknown node to edit": [
      () => nodes.edit("demo-serverl", { portAdd: ["1:1"] }),
      "NOT_FOUND",
      /demo-serverlb/,
    ],
    "a server that cannot join": [
      () => nodes.create({ name: "more", cluster: "demo", role: "server" }),
      "INVALID_INPUT",
      /--servers 3/,
    ],
    "a port that is published": [
      () => clusters.edit("demo", { portAdd: ["8080:81"] }),
      "INVALID_INPUT",
      /./,
    ],
    "the last server by edit": [
      () => clusters.edit("demo", { servers: 0 }),
      "INVALID_INPUT",
      /cluster delete demo/,
    ],
    "the last server by delete": [
      () => nodes.delete(["demo-server-0"]),
      "INVALID_INPUT",
      /cluster delete demo/,
    ],
    "a cluster elsewhere without token": [
      () => nodes.create({ name: "far", cluster: "https://10.0.0.5:6443", role: "agent" }),
      "INVALID_INPUT",
      /--token/,
    ],
    "an alias that is none": [
      () => clusters.edit("demo", { hostAliases: ["db:1.2.3.4"] }),
      "INVALID_INPUT",
      /10\.0\.0\.5:db\.local/,
    ],
    "an unknown registry": [
      () => clusters.edit("demo", { agents: 3, registries: ["none"] }),
      "NOT_FOUND",
      /registry create/,
    ],
    "a label of k3d's": [
      () => clusters.edit("demo", { labels: ["k3d.role=agent"] }),
      "INVALID_INPUT",
      /k3d\./,
    ],
  };

  beforeEach(() => clusters.create(memoryConfig({ agents: 1, ports: [{ port: "8080:80" }] })));

  it.each(Object.entries(CASES))("%s", async (_what, [work, code, hint]) => {
    const before = [await inventory(engine), await ids()];
    await expect(work()).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint) as string,
    });
    expect([await inventory(engine), await ids()]).toEqual(before);
  });

  it("a cluster that is stopped", async () => {
    await clusters.stop("demo");
    const before = [await inventory(engine), await ids()];
    await expect(clusters.edit("demo", { agents: 2 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      hint: expect.stringContaining("cluster start demo") as string,
    });
    expect([await inventory(engine), await ids()]).toEqual(before);
  });

  const ids = async (): Promise<string[]> =>
    (await engine.containers.list()).map(({ id }) => id).toSorted();
});
