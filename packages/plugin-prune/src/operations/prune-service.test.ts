import { describe, expect, it } from "vitest";
import {
  ALIVE,
  DEAD,
  ELSEWHERE,
  LONG_AGO,
  labelsOf,
  pruneWorld,
  wholeCluster,
  type PruneWorld,
} from "../../test-support/prune-world.js";
import { creationFile } from "@k3d/core";
import { parsePruneFilter } from "./filters.js";
import { PRUNE_KINDS, type PruneKind } from "./operations.js";

describe("look-alikes", () => {
  async function lookAlikes({ runtime, container }: PruneWorld): Promise<void> {
    for (const name of ["k3d-mine", "mine", "k3d"])
      await runtime.networks.create({ name, labels: name === "mine" ? { app: "k3d" } : {} });
    await runtime.volumes.create({ name: "k3d-mine-images", labels: {} });
    await runtime.volumes.create({ name: "k3dvolume", labels: { app: "k3d" } });
    await runtime.volumes.create({
      name: "other",
      labels: { app: "not-k3d", "k3d.cluster": "gone" },
    });
    await container("k3d-mine-server-0", { app: "mine" }, { started: false });
    await container("k3d-app", { app: "k3d" }, { started: false });
    await container("app", { app: "k3d", "k3d.role": "server" }, { started: false });
    await container("k3d-registry", { "k3d.role": "registry" }, { started: false });
  }

  it("are never touched, whatever is asked for", async () => {
    const world = pruneWorld();
    await lookAlikes(world);
    const before = world.runtime.inventory();
    await world.pruneAll();
    expect(world.runtime.inventory()).toEqual(before);
  });

  it("that are named like k3d's are told of", async () => {
    const world = pruneWorld();
    await lookAlikes(world);
    const { items, skipped } = await world.prune.find();
    expect(items).toEqual([]);
    expect(skipped.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
      "network k3d-mine",
      "volume k3d-mine-images",
    ]);
  });
});

describe("clusters that are whole", () => {
  it.each([
    ["running", { started: true }],
    ["stopped or just made", { started: false, id: ALIVE }],
    ["made by a process that has ended", { id: DEAD }],
    [
      "made by a version that does not tell its process",
      { id: "44444444-4444-4444-4444-444444444444" },
    ],
  ])("stay: %s", async (_why, options) => {
    const world = pruneWorld();
    await wholeCluster(world, "demo", options);
    expect(await world.found({ kinds: PRUNE_KINDS })).toEqual([]);
  });

  it("stay when their servers are on other machines", async () => {
    const world = pruneWorld();
    const labels = { "k3d.cluster.id": DEAD, "k3d.machine": "two" };
    await world.node("demo", "agent", "k3d-demo-agent-0", labels);
    expect(await world.found({ kinds: PRUNE_KINDS })).toEqual([]);
  });

  it("stay when they are stopped", async () => {
    const world = pruneWorld();
    await wholeCluster(world, "demo", { id: DEAD });
    for (const { name } of await world.runtime.containers.list())
      await world.runtime.containers.stop(name);
    expect(await world.found({ kinds: PRUNE_KINDS })).toEqual([]);
  });

  it("stay with agents that joined a cluster elsewhere", async () => {
    const world = pruneWorld();
    await world.node(
      "remote",
      "agent",
      "k3d-extra-0",
      { "k3d.cluster.external": "true" },
      { started: false },
    );
    expect(await world.found()).toEqual([]);
  });
});

describe("clusters with a time to live", () => {
  const wanted = (offset: number) => new Date(Date.now() + offset).toISOString();
  const withLabel = async (world: PruneWorld, name: string, expires: string) => {
    await wholeCluster(world, name);
    const more = { "k3d.cluster.expires": expires };
    await world.node(name, "agent", `k3d-${name}-agent-0`, more);
  };

  it("go whole when it is over and that is asked for, and others stay", async () => {
    const world = pruneWorld();
    await withLabel(world, "over", wanted(-1000));
    await withLabel(world, "wanted", wanted(60_000));
    await withLabel(world, "odd", "yesterday");
    await wholeCluster(world, "kept");
    expect(await world.found({ kinds: ["expired"] })).toEqual(["expired over"]);
    const kinds: PruneKind[] = ["expired"];
    const { items } = await world.prune.find({ kinds });
    const { removed } = await world.prune.remove(items, { kinds });
    expect(removed.map(({ name }) => name)).toEqual(["over"]);
    const { containers, networks, volumes } = world.runtime.inventory();
    expect(
      [...containers, ...networks, ...volumes].filter((name) => name.includes("over")),
    ).toEqual([]);
    for (const name of ["wanted", "odd", "kept"]) expect(networks, name).toContain(`k3d-${name}`);
  });

  it("are never touched without that", async () => {
    const world = pruneWorld();
    await withLabel(world, "over", wanted(-1000));
    const before = world.runtime.inventory();
    await world.pruneAll();
    await world.prune.remove((await world.prune.find()).items);
    expect(world.runtime.inventory()).toEqual(before);
  });
});

describe("remains of a killed creation", () => {
  it("go as a whole when their first server never started", async () => {
    const world = pruneWorld();
    await wholeCluster(world, "demo", { id: DEAD, started: false });
    expect(await world.found()).toEqual(["cluster demo"]);
    await world.pruneAll();
    expect(world.runtime.inventory()).toEqual({ containers: [], networks: [], volumes: [] });
  });

  it.each(["begun", "finished"] as const)(
    "are told from whole clusters by how far the creation came: %s",
    async (state) => {
      const world = pruneWorld();
      await wholeCluster(world, "demo", { id: DEAD });
      const { path, content } = creationFile(state);
      world.runtime.files("k3d-demo-server-0").writeText(path, content);
      expect(await world.found()).toEqual(state === "begun" ? ["cluster demo"] : []);
    },
  );

  it.each([
    ["goes on", ALIVE, LONG_AGO, []],
    ["was killed", DEAD, LONG_AGO, ["cluster demo"]],
    ["was killed a moment ago", DEAD, new Date(), ["cluster demo"]],
    ["was on another machine, long ago", ELSEWHERE, LONG_AGO, ["cluster demo"]],
    ["may go on on another machine", ELSEWHERE, new Date(), []],
  ])("stay while the creation may go on: it %s", async (_why, id, now, expected) => {
    const world = pruneWorld({ now });
    await world.runtime.networks.create({
      name: "k3d-demo",
      labels: { ...labelsOf("demo"), "k3d.cluster.id": id },
    });
    await world.node(
      "demo",
      "loadbalancer",
      "k3d-demo-serverlb",
      { "k3d.cluster.id": id },
      { network: "k3d-demo" },
    );
    expect(await world.found()).toEqual(expected);
  });

  it("are told of while nobody knows whether the creation goes on", async () => {
    const world = pruneWorld({ now: new Date() });
    await world.node("demo", "loadbalancer", "k3d-demo-serverlb");
    const { items, skipped } = await world.prune.find();
    expect(items).toEqual([]);
    expect(skipped).toMatchObject([{ kind: "cluster", name: "demo" }]);
  });

  it.each([
    ["killed", DEAD, ["network k3d-demo", "volume k3d-demo-images"]],
    ["going on", ALIVE, []],
  ])("are found without any container: %s", async (_why, id, expected) => {
    const { runtime, found } = pruneWorld();
    const both = { ...labelsOf("demo"), "k3d.cluster.id": id };
    await runtime.networks.create({ name: "k3d-demo", labels: both });
    await runtime.volumes.create({ name: "k3d-demo-images", labels: both });
    expect(await found()).toEqual(expected);
  });

  it("of the Go k3d are found by the name of the network", async () => {
    const { runtime, found } = pruneWorld();
    await runtime.networks.create({ name: "k3d-old", labels: { app: "k3d" } });
    expect(await found()).toEqual(["network k3d-old"]);
  });
});

describe("single containers", () => {
  it("go when they belong to no cluster, with the network that they alone are on", async () => {
    const world = pruneWorld();
    await world.runtime.networks.create({ name: "k3d-gone", labels: { app: "k3d" } });
    await world.container(
      "k3d-lost",
      { app: "k3d", "k3d.role": "agent", "k3d.version": "6" },
      { network: "k3d-gone" },
    );
    expect(await world.found()).toEqual(["network k3d-gone", "node k3d-lost"]);
    expect(await world.pruneAll()).toMatchObject({ failed: [] });
    expect(world.runtime.inventory()).toEqual({ containers: [], networks: [], volumes: [] });
  });

  it("of tools go when they have ended, not while they run", async () => {
    const world = pruneWorld();
    await wholeCluster(world, "demo");
    await world.node("demo", "noRole", "k3d-demo-tools", {}, { network: "k3d-demo" });
    expect(await world.found()).toEqual([]);
    await world.runtime.containers.stop("k3d-demo-tools");
    expect(await world.found()).toEqual(["node k3d-demo-tools"]);
  });

  it.each([
    ["one that runs", {}, true, []],
    ["one that is stopped", {}, false, ["registry k3d-dev"]],
    ["one whose cluster is gone", { "k3d.cluster": "gone" }, true, ["registry k3d-dev"]],
  ])("of registries: %s", async (_why, more, started, expected) => {
    const world = pruneWorld();
    await world.container(
      "k3d-dev",
      { app: "k3d", "k3d.role": "registry", "k3d.version": "6", ...more },
      { started },
    );
    expect(await world.found()).toEqual(expected);
  });

  it("of registries stay while others are on their network", async () => {
    const world = pruneWorld();
    await world.runtime.networks.create({ name: "mine", labels: {} });
    const labels = {
      app: "k3d",
      "k3d.role": "registry",
      "k3d.version": "6",
      "k3d.cluster": "gone",
    };
    await world.container("k3d-dev", labels, { network: "mine" });
    await world.container("mine", {}, { network: "mine" });
    expect(await world.found()).toEqual([]);
    await world.runtime.containers.remove("mine", { force: true });
    expect(await world.found()).toEqual(["registry k3d-dev"]);
  });

  it("of registries stay while a cluster is on their network, stopped or not", async () => {
    const world = pruneWorld();
    await wholeCluster(world, "demo", { id: DEAD });
    await world.container(
      "k3d-dev",
      { app: "k3d", "k3d.role": "registry", "k3d.version": "6", "k3d.cluster": "gone" },
      { network: "k3d-demo", started: false },
    );
    expect(await world.found()).toEqual([]);
  });
});

describe("images", () => {
  it("go only when asked for, when they are k3d's and nobody uses them", async () => {
    const world = pruneWorld();
    for (const image of [
      "ghcr.io/k3d-io/k3d-tools:5",
      "docker.io/rancher/other:1",
      "docker.io/mine/k3s:1",
    ])
      world.runtime.addImage(image);
    world.runtime.addImage({ reference: "docker.io/mine/built:1", labels: { app: "k3d" } });
    expect(await world.found()).toEqual([]);
    expect(await world.found({ kinds: ["image"] })).toEqual([
      "image docker.io/mine/built:1",
      "image docker.io/rancher/k3s:test",
      "image ghcr.io/k3d-io/k3d-tools:5",
    ]);
    await wholeCluster(world, "demo");
    expect(await world.found({ kinds: ["image"] })).not.toContain(
      "image docker.io/rancher/k3s:test",
    );
  });
});

describe("remove", () => {
  it("leaves what came into use since it was found", async () => {
    const world = pruneWorld();
    await world.container(
      "k3d-dev",
      { app: "k3d", "k3d.role": "registry", "k3d.version": "6" },
      { started: false },
    );
    const { items } = await world.prune.find();
    await world.runtime.containers.start("k3d-dev");
    expect(await world.prune.remove(items)).toMatchObject({
      removed: [],
      failed: [{ code: "NOT_FOUND" }],
    });
    expect(world.runtime.inventory().containers).toEqual(["k3d-dev"]);
  });

  it("goes on when one cannot be removed", async () => {
    const world = pruneWorld();
    for (const name of ["k3d-a", "k3d-b"])
      await world.runtime.networks.create({ name, labels: { app: "k3d" } });
    world.runtime.fail("networks.remove", "NETWORK_IN_USE", { subject: "k3d-a" });
    const { items } = await world.prune.find();
    expect(await world.prune.remove(items)).toMatchObject({
      removed: [{ name: "k3d-b" }],
      failed: [{ item: { name: "k3d-a" }, code: "NETWORK_IN_USE" }],
    });
  });
});

describe("filters", () => {
  it.each([
    [["cluster=a"], ["volume k3d-a-images"]],
    [["label=team"], ["volume k3d-b-images"]],
    [["label=team=x", "cluster=b"], ["volume k3d-b-images"]],
    [["label=team=y"], []],
    [["label!=team"], ["volume k3d-a-images"]],
    [["name=k3d-*-images"], ["volume k3d-a-images", "volume k3d-b-images"]],
    [["name=k3d.a.images"], []],
    [["until=30m"], ["volume k3d-a-images", "volume k3d-b-images"]],
    [["until=2h"], []],
  ])("%j", async (texts, expected) => {
    const { runtime, found } = pruneWorld();
    await runtime.volumes.create({ name: "k3d-a-images", labels: labelsOf("a") });
    await runtime.volumes.create({ name: "k3d-b-images", labels: { ...labelsOf("b"), team: "x" } });
    expect(await found({ filters: texts.map((text) => parsePruneFilter(text)) })).toEqual(expected);
  });

  it.each(["", "x", "label=", "colour=red", "until=soon", "=x"])("refuses %j", (text) => {
    expect(() => parsePruneFilter(text)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});
