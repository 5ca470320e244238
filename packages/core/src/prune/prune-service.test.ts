import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { injected, testDeps } from "../../test-support/deps.js";
import { creationFile } from "../cluster/creation.js";
import type { CoreSettings } from "../services/tokens.js";
import { MemoryRuntime } from "../testing/index.js";
import { parsePruneFilter } from "./filters.js";
import { PRUNE_KINDS, type PruneKind, type PruneSelection } from "./operations.js";
import { PruneService } from "./prune-service.js";

const IMAGE = "docker.io/rancher/k3s:test";
const LONG_AGO = new Date(Date.now() - 3_600_000);
const DEAD = "11111111-1111-1111-1111-111111111111@host:1:1";
const ALIVE = "22222222-2222-2222-2222-222222222222@host:2:2";
const ELSEWHERE = "33333333-3333-3333-3333-333333333333@other:3:3";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-prune-"));
});
afterEach(() => rm(home, { recursive: true }));

function setUp({
  now = LONG_AGO,
  settings = {},
}: { now?: Date; settings?: Partial<CoreSettings> } = {}) {
  const runtime = new MemoryRuntime({
    images: [IMAGE, "docker.io/library/busybox:test"],
    now: () => now,
  });
  const isRunning = async (id: string) => (id.startsWith("other") ? undefined : id === "host:2:2");
  const deps = testDeps(runtime, {
    home,
    settings: { process: { id: "host:2:2", isRunning }, ...settings },
  });
  const prune = new PruneService(...injected(deps));
  const container = async (
    name: string,
    labels: Record<string, string>,
    {
      network,
      started = true,
      image = IMAGE,
    }: { network?: string; started?: boolean; image?: string } = {},
  ) => {
    await runtime.containers.create({
      name,
      image,
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: network === undefined ? [] : [{ name: network }],
      ports: [],
      labels,
    });
    if (started) await runtime.containers.start(name);
  };
  const node = (
    cluster: string,
    role: string,
    name: string,
    more: Record<string, string> = {},
    options = {},
  ) =>
    container(
      name,
      {
        app: "k3d",
        "k3d.version": "6",
        "k3d.role": role,
        "k3d.cluster": cluster,
        "k3d.cluster.network": `k3d-${cluster}`,
        ...more,
      },
      options,
    );
  const found = async (selection?: PruneSelection) => {
    const { items } = await prune.find(selection);
    return items.map((item) => `${item.kind} ${item.name}`).toSorted();
  };
  const pruneAll = async () => {
    const kinds = [...PRUNE_KINDS];
    return prune.remove((await prune.find({ kinds })).items, { kinds });
  };
  return { runtime, deps, prune, container, node, found, pruneAll };
}

type World = ReturnType<typeof setUp>;
const labels = (cluster: string) => ({ app: "k3d", "k3d.version": "6", "k3d.cluster": cluster });

/** A cluster that is whole, with all that can belong to one. */
async function wholeCluster(
  { runtime, node }: World,
  name: string,
  { id = ALIVE, started = true } = {},
): Promise<void> {
  const network = `k3d-${name}`;
  const more = { "k3d.cluster.id": id };
  await runtime.networks.create({ name: network, labels: { ...labels(name), ...more } });
  await runtime.volumes.create({
    name: `k3d-${name}-images`,
    labels: { ...labels(name), ...more },
  });
  await node(
    name,
    "server",
    `k3d-${name}-server-0`,
    { ...more, "k3d.server.init": "true" },
    { network, started },
  );
  await node(name, "loadbalancer", `k3d-${name}-serverlb`, more, { network, started });
  await node(name, "registry", `k3d-${name}-registry`, more, { network, started });
}

describe("look-alikes", () => {
  async function lookAlikes({ runtime, container }: World): Promise<void> {
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
    const world = setUp();
    await lookAlikes(world);
    const before = world.runtime.inventory();
    await world.pruneAll();
    expect(world.runtime.inventory()).toEqual(before);
  });

  it("that are named like k3d's are told of", async () => {
    const world = setUp();
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
    const world = setUp();
    await wholeCluster(world, "demo", options);
    expect(await world.found({ kinds: PRUNE_KINDS })).toEqual([]);
  });

  it("stay when they are stopped", async () => {
    const world = setUp();
    await wholeCluster(world, "demo", { id: DEAD });
    for (const { name } of await world.runtime.containers.list())
      await world.runtime.containers.stop(name);
    expect(await world.found({ kinds: PRUNE_KINDS })).toEqual([]);
  });

  it("stay with agents that joined a cluster elsewhere", async () => {
    const world = setUp();
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

describe("remains of a killed creation", () => {
  it("go as a whole when their first server never started", async () => {
    const world = setUp();
    await wholeCluster(world, "demo", { id: DEAD, started: false });
    expect(await world.found()).toEqual(["cluster demo"]);
    await world.pruneAll();
    expect(world.runtime.inventory()).toEqual({ containers: [], networks: [], volumes: [] });
  });

  it.each(["begun", "finished"] as const)(
    "are told from whole clusters by how far the creation came: %s",
    async (state) => {
      const world = setUp();
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
    const world = setUp({ now });
    await world.runtime.networks.create({
      name: "k3d-demo",
      labels: { ...labels("demo"), "k3d.cluster.id": id },
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

  it.each([
    ["killed", DEAD, ["network k3d-demo", "volume k3d-demo-images"]],
    ["going on", ALIVE, []],
  ])("are found without any container: %s", async (_why, id, expected) => {
    const { runtime, found } = setUp();
    const both = { ...labels("demo"), "k3d.cluster.id": id };
    await runtime.networks.create({ name: "k3d-demo", labels: both });
    await runtime.volumes.create({ name: "k3d-demo-images", labels: both });
    expect(await found()).toEqual(expected);
  });

  it("of the Go k3d are found by the name of the network", async () => {
    const { runtime, found } = setUp();
    await runtime.networks.create({ name: "k3d-old", labels: { app: "k3d" } });
    expect(await found()).toEqual(["network k3d-old"]);
  });
});

describe("single containers", () => {
  it("go when they belong to no cluster, with the network that they alone are on", async () => {
    const world = setUp();
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
    const world = setUp();
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
    const world = setUp();
    await world.container(
      "k3d-dev",
      { app: "k3d", "k3d.role": "registry", "k3d.version": "6", ...more },
      { started },
    );
    expect(await world.found()).toEqual(expected);
  });

  it("of registries stay while a cluster is on their network, stopped or not", async () => {
    const world = setUp();
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
    const world = setUp();
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

describe("kubeconfig", () => {
  const KUBE: PruneKind[] = ["kubeconfig", "file"];

  function config(...contexts: { name: string; user?: string; server?: string }[]): string {
    const lines = ["apiVersion: v1", "kind: Config", "current-context: ''", "clusters:"];
    for (const { name, server = "https://127.0.0.1:1" } of contexts)
      lines.push(`- {name: ${name}, cluster: {server: "${server}"}}`);
    lines.push(
      "users:",
      ...contexts.map(({ name, user = `admin@${name}` }) => `- {name: ${user}, user: {}}`),
      "contexts:",
    );
    lines.push(
      ...contexts.map(
        ({ name, user = `admin@${name}` }) =>
          `- {name: ${name}, context: {cluster: ${name}, user: ${user}}}`,
      ),
    );
    return `${lines.join("\n")}\n`;
  }

  async function write(text: string): Promise<string> {
    const path = join(home, ".kube", "config");
    await mkdir(join(home, ".kube"), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  it("loses entries of clusters that are gone, and no others", async () => {
    const world = setUp({ settings: { otherClusters: async () => new Set(["podman"]) } });
    await wholeCluster(world, "demo");
    const path = await write(
      config(
        { name: "k3d-gone" },
        { name: "k3d-demo" },
        { name: "k3d-podman" },
        { name: "kind-gone" },
        { name: "k3d-mine", user: "me" },
        { name: "k3d-remote", server: "https://build.example.org:6550" },
      ),
    );
    expect(await world.found({ kinds: KUBE })).toEqual(["kubeconfig k3d-gone"]);
    await world.pruneAll();
    const after = await readFile(path, "utf8");
    expect(after).not.toContain("k3d-gone");
    for (const name of ["k3d-demo", "k3d-podman", "kind-gone", "k3d-mine", "k3d-remote"])
      expect(after).toContain(name);
  });

  it("loses what killed commands left beside it, once it is stale", async () => {
    const world = setUp();
    const path = await write(config());
    const files = [
      `${path}.123.0123abcd.tmp`,
      `${path}.tmp`,
      `${path}.123.0123abcd.tmp.keep`,
      `${path}.backup`,
    ];
    for (const file of files) await writeFile(file, "x");
    expect(await world.found({ kinds: KUBE })).toEqual([]);
    for (const file of files) await utimes(file, LONG_AGO, LONG_AGO);
    expect(await world.found({ kinds: KUBE })).toEqual([`file ${files[0]}`]);
    await world.pruneAll();
    expect((await readdir(join(home, ".kube"))).toSorted()).toEqual([
      "config",
      "config.123.0123abcd.tmp.keep",
      "config.backup",
      "config.tmp",
    ]);
  });

  it("loses files of clusters that are gone, unless they hold more", async () => {
    const directory = join(home, "k3d");
    const world = setUp({ settings: { kubeconfigDirectories: [directory] } });
    await mkdir(directory);
    await writeFile(join(directory, "kubeconfig-gone.yaml"), config({ name: "k3d-gone" }));
    await writeFile(
      join(directory, "kubeconfig-more.yaml"),
      config({ name: "k3d-more" }, { name: "mine" }),
    );
    await writeFile(join(directory, "kubeconfig-text.yaml"), "mine");
    expect(await world.found({ kinds: KUBE })).toEqual([
      `file ${join(directory, "kubeconfig-gone.yaml")}`,
    ]);
  });
});

describe("remove", () => {
  it("leaves what came into use since it was found", async () => {
    const world = setUp();
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
    const world = setUp();
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
    const { runtime, found } = setUp();
    await runtime.volumes.create({ name: "k3d-a-images", labels: labels("a") });
    await runtime.volumes.create({ name: "k3d-b-images", labels: { ...labels("b"), team: "x" } });
    expect(await found({ filters: texts.map((text) => parsePruneFilter(text)) })).toEqual(expected);
  });

  it.each(["", "x", "label=", "colour=red", "until=soon", "=x"])("refuses %j", (text) => {
    expect(() => parsePruneFilter(text)).toThrow(
      expect.objectContaining({ code: "INVALID_INPUT" }),
    );
  });
});
