import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import {
  addRegistry,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  readHostFiles,
} from "../../../test-support/memory-cluster.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { changesText } from "../../plan/text.js";
import type { MemoryRuntime } from "../../testing/index.js";
import { NodeService } from "../nodes/node-service.js";
import { RegistryService } from "../registries/registry-service.js";
import { ClusterService } from "./cluster-service.js";

const SERVER = "k3d-demo-server-0";
const AGENT = "k3d-demo-agent-0";
const NODES = [SERVER, AGENT];
const YAML = "/etc/rancher/k3s/registries.yaml";
const MANIFEST = "/var/lib/rancher/k3s/server/manifests/k3d-local-registry-hosting.yaml";

let home: string;
let engine: MemoryRuntime;
let clusters: ClusterService;
let registries: RegistryService;
let nodes: NodeService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-apply-registries-"));
  engine = memoryEngine();
  const deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
  registries = new RegistryService(deps);
  nodes = new NodeService(deps);
  await addRegistry(engine, "k3d-dev");
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const config = (wanted?: SimpleConfig["registries"], more: Partial<SimpleConfig> = {}) =>
  memoryConfig({ agents: 1, registries: wanted, ...more });
const using = config({ use: ["k3d-dev"] });
const without = config();

const mirrors = (node: string): string[] => {
  const yaml = parse(engine.files(node).readText(YAML) ?? "") as { mirrors?: object } | null;
  return Object.keys(yaml?.mirrors ?? {});
};
const networksOf = async (name: string): Promise<string[]> =>
  (await engine.containers.inspect(name)).networks.map((network) => network.name);
const containers = async (): Promise<string[]> =>
  (await engine.containers.list()).map(({ id, name }) => `${name} ${id}`).toSorted();
const difference = async (wanted: typeof using): Promise<string> =>
  changesText((await clusters.diff(wanted)).changes);
const NOTHING = changesText([]);

/** Applies it, and expects that no container was replaced and that nothing is left to do. */
async function settles(wanted: typeof using): Promise<void> {
  const before = await containers();
  await clusters.apply(wanted);
  expect(await containers()).toEqual(before);
  expect(await difference(wanted)).toBe(NOTHING);
  expect((await clusters.apply(wanted)).changes).toEqual([]);
}

describe("a registry that the file names no longer", () => {
  it("is disconnected and forgotten by the nodes, which stay", async () => {
    await clusters.create(using);
    readHostFiles(engine, ...NODES);
    expect(await difference(without)).toMatchInlineSnapshot(`
      "KIND      NAME               ACTION      DETAILS
      server    k3d-demo-server-0  update      mirror of k3d-dev:5000 goes; no registry is announced any more
      agent     k3d-demo-agent-0   update      mirror of k3d-dev:5000 goes
      registry  k3d-dev            disconnect  it is no longer wanted
      "
    `);
    const { startedAt } = await engine.containers.inspect(AGENT);
    await settles(without);
    expect(NODES.flatMap(mirrors)).toEqual([]);
    expect(engine.files(SERVER).readText(MANIFEST)).toBeUndefined();
    expect(await networksOf("k3d-dev")).not.toContain("k3d-demo");
    expect((await engine.containers.inspect(AGENT)).startedAt).toEqual(startedAt);
    await settles(using);
    expect(NODES.flatMap(mirrors)).toEqual(["k3d-dev:5000", "k3d-dev:5000"]);
    expect(engine.files(SERVER).readText(MANIFEST)).toContain("k3d-dev:5000");
    expect(await networksOf("k3d-dev")).toContain("k3d-demo");
  });

  it("stays with its images when it was made with the cluster, also over a restart", async () => {
    const creating = config({ create: { name: "own" } });
    await clusters.create(creating);
    readHostFiles(engine, ...NODES);
    const { changes } = await clusters.diff(without);
    expect(changes.find(({ kind }) => kind === "registry")).toMatchObject({
      action: "disconnect",
      name: "own",
      details: "it stays, with its images: k3d registry delete own removes it",
    });
    await settles(without);
    expect(await networksOf("own")).toEqual([]);
    await clusters.restart("demo");
    expect(await engine.containers.inspect("own")).toMatchObject({
      status: "running",
      networks: [],
    });
    expect(await difference(without)).toBe(NOTHING);
    await settles(creating);
    expect(await networksOf("own")).toEqual(["k3d-demo"]);
    await clusters.delete("demo");
    expect((await engine.containers.list()).map(({ name }) => name)).toEqual(["k3d-dev"]);
  });

  it("can serve another cluster then, and outlives its own", async () => {
    await clusters.create(config({ create: { name: "own" } }));
    await clusters.apply(without);
    await clusters.create(memoryConfig({ metadata: { name: "other" } }));
    await registries.connect("own", "other");
    await clusters.delete("demo");
    expect(await networksOf("own")).toEqual(["k3d-other"]);
  });

  it.each([
    ["the network is somebody else's", "theirs"],
    ["another cluster is on the network", "k3d-demo"],
  ])("stays on the network where %s", async (_why, network) => {
    const mine = network === "theirs" ? { network } : {};
    if (network === "theirs") await engine.networks.create({ name: "theirs", labels: {} });
    await clusters.create(config({ use: ["k3d-dev"] }, mine));
    if (network === "k3d-demo")
      await clusters.create(memoryConfig({ metadata: { name: "other" }, network }));
    await settles(config(undefined, mine));
    expect(mirrors(AGENT)).toEqual([]);
    expect(await networksOf("k3d-dev")).toContain(network);
  });
});

describe("what was changed beside the file", () => {
  it("is no difference when the file says the same", async () => {
    await clusters.create(without);
    readHostFiles(engine, ...NODES);
    await registries.connect("dev", "demo");
    expect(await difference(using)).toBe(NOTHING);
    await registries.disconnect("dev", "demo");
    expect(await difference(without)).toBe(NOTHING);
  });

  it("is seen, and made as the file says, in the nodes that run", async () => {
    await clusters.create(without);
    readHostFiles(engine, ...NODES);
    await registries.connect("dev", "demo");
    await settles(without);
    expect(await networksOf("k3d-dev")).not.toContain("k3d-demo");
    await settles(using);
    await registries.disconnect("dev", "demo");
    await settles(using);
    expect(mirrors(AGENT)).toEqual(["k3d-dev:5000"]);
    engine.files(AGENT).writeText(YAML, "mirrors: [broken");
    await settles(using);
    expect(mirrors(AGENT)).toEqual(["k3d-dev:5000"]);
  });

  it("is told to nodes that are stopped before they start", async () => {
    await clusters.create(without);
    await engine.containers.stop(AGENT);
    await clusters.apply(using);
    expect(mirrors(AGENT)).toEqual(["k3d-dev:5000"]);
    expect(await difference(using)).toBe(NOTHING);
  });

  it("keeps credentials that only this cluster was given, also in nodes that are added", async () => {
    const auth = { username: "dev", password: "s3cret" };
    await addRegistry(engine, "k3d-safe", { "k3d.registry.auth": "true" });
    await clusters.create(config({ use: ["k3d-safe"] }));
    readHostFiles(engine, ...NODES);
    await registries.connect("safe", "demo", { auth });
    const more = config({ use: ["k3d-safe"] }, { agents: 2 });
    await clusters.apply(more);
    expect(await difference(more)).toBe(NOTHING);
    for (const node of [...NODES, "k3d-demo-agent-1"])
      expect(engine.files(node).readText(YAML), node).toContain("s3cret");
  });

  it("leaves alone what is mounted there from outside", async () => {
    const volumes = [{ volume: `/mine.yaml:${YAML}`, nodeFilters: ["agent:0"] }];
    await clusters.create(config(undefined, { volumes }));
    readHostFiles(engine, ...NODES);
    const wanted = config({ use: ["k3d-dev"] }, { volumes });
    const { changes } = await clusters.diff(wanted);
    expect(changes.filter(({ action }) => action === "update")).toMatchObject([{ name: SERVER }]);
    await settles(wanted);
  });
});

it("restarts nodes whose containerd reads registries at boot only, and says so beforehand", async () => {
  await clusters.create(without);
  const { changes } = await clusters.diff(using);
  expect(changes.filter(({ action }) => action === "update")).toMatchObject([
    { name: SERVER, disturbs: "the node's pods" },
    { name: AGENT, disturbs: "the node's pods" },
  ]);
  const before = await engine.containers.inspect(AGENT);
  await settles(using);
  const after = await engine.containers.inspect(AGENT);
  expect(after.startedAt?.getTime()).toBeGreaterThan(before.startedAt?.getTime() ?? 0);
});

it("takes an announcement back from a server that is replaced for another reason", async () => {
  await clusters.create(using);
  const other = config(undefined, { env: [{ envVar: "A=b", nodeFilters: ["server:*"] }] });
  // Its volume, which the new container gets, has the manifest.
  const manifest = engine.files(SERVER).readText(MANIFEST) ?? "";
  engine.programs(({ kind, container, env, files }) => {
    if (kind === "main" && container === SERVER && env.A === "b")
      files.writeText(MANIFEST, manifest);
    return undefined;
  });
  await clusters.apply(other);
  expect(engine.files(SERVER).readText(MANIFEST)).toBeUndefined();
  expect(await difference(other)).toBe(NOTHING);
});

it("names all hosts that lead to a registry in one cause", async () => {
  await addRegistry(engine, "k3d-open", { "k3s.registry.port.external": "5001" });
  await clusters.create(without);
  const { changes } = await clusters.diff(config({ use: ["k3d-open"] }));
  expect(changes.find(({ name }) => name === AGENT)?.causes).toEqual([
    "mirrors of k3d-open:5001, k3d-open:5000 are new",
  ]);
});

it("replaces no node because of what a former version noted of its files", async () => {
  await clusters.create(without);
  const { spec } = await engine.containers.inspect(AGENT);
  await engine.containers.remove(AGENT, { force: true });
  const labels = { ...spec.labels, "k3d.node.files": JSON.stringify({ [YAML]: "0123456789ab" }) };
  await engine.containers.start(await engine.containers.create({ ...spec, labels }));
  expect(await difference(without)).toBe(NOTHING);
});

it.each([
  ["replaced", AGENT, () => clusters.edit("demo", { env: ["A=b"] })],
  [
    "added",
    "k3d-more-0",
    () => nodes.create({ name: "more", cluster: "demo", role: "agent" as const }),
  ],
])("hands the authority of a registry on to a node that is %s", async (_how, node, act) => {
  const certificate = "/etc/rancher/k3s/k3d-registries/k3d-tls.crt";
  await clusters.create(without);
  await addRegistry(engine, "k3d-tls", { "k3d.registry.tls": "true" });
  engine.files("k3d-tls").writeText("/etc/k3d/registry-access.json", '{"ca":"AUTHORITY"}');
  readHostFiles(engine, ...NODES);
  await registries.connect("tls", "demo");
  await act();
  expect(engine.files(node).readText(YAML)).toContain(certificate);
  expect(engine.files(node).readText(certificate)).toBe("AUTHORITY");
});
