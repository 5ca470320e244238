import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { parse } from "yaml";
import {
  addRegistry,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NEW_IMAGE,
  NODE_IMAGE,
} from "../../../test-support/memory-cluster.js";
import { virtualTime } from "../../../test-support/virtual-time.js";
import { isK3dError } from "../../errors/index.js";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { guardRuntime } from "../../runtime/guarded.js";
import type { ContainerSpec } from "../../runtime/container-spec.js";
import type { ContainerInfo } from "../../runtime/containers.js";
import { faultyRuntime, type FaultKind, type MemoryRuntime } from "../../testing/index.js";
import { RegistryService } from "../registries/registry-service.js";
import { ClusterService } from "./cluster-service.js";

const SERVERS = 3;
const REGISTRY = "k3d-dev";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-apply-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await rm(home, { recursive: true });
});

/** What the user writes in the file. */
interface Wanted {
  agents: number;
  image: string;
  port: number | undefined;
  variable: string | undefined;
  /** Whether the registry that is there is used. */
  registry: boolean;
}

const resolved = ({ agents, image, port, variable, registry }: Wanted): ResolvedConfig => {
  const config: Partial<SimpleConfig> = { servers: SERVERS, agents, image };
  if (port !== undefined) config.ports = [{ port: `${port}:80`, nodeFilters: ["loadbalancer"] }];
  if (variable !== undefined)
    config.env = [{ envVar: `MODE=${variable}`, nodeFilters: ["server:*"] }];
  if (registry) config.registries = { use: [REGISTRY] };
  return memoryConfig(config);
};

/** What happens to the cluster before the next apply. */
type Happening =
  | { what: "edited"; wanted: Wanted }
  | { what: "drift"; how: keyof typeof DRIFTS; which: number }
  | { what: "fault"; wanted: Wanted; kind: FaultKind; nth: number };

/** What somebody does by hand to a container of the cluster, or beside it. */
const DRIFTS = {
  removed: (engine: MemoryRuntime, name: string) =>
    engine.containers.remove(name, { force: true, volumes: true }),
  stopped: (engine: MemoryRuntime, name: string) => engine.containers.stop(name),
  paused: (engine: MemoryRuntime, name: string) => engine.containers.pause(name),
  renamed: (engine: MemoryRuntime, name: string) => engine.containers.rename(name, `${name}-mine`),
  disconnected: (engine: MemoryRuntime, name: string) =>
    engine.networks.disconnect("k3d-demo", name, { force: true }),
  "given a registry": (engine: MemoryRuntime) =>
    registriesOf(engine).connect(REGISTRY, "demo", { restart: false }),
  "deprived of its registry": (engine: MemoryRuntime) =>
    registriesOf(engine).disconnect(REGISTRY, "demo", { restart: false }),
  "told of another registry": async (engine: MemoryRuntime, name: string) =>
    engine.files(name).writeText(REGISTRIES, "mirrors: { docker.io: { endpoint: [a.example] } }\n"),
};
const REGISTRIES = "/etc/rancher/k3s/registries.yaml";
const registriesOf = (engine: MemoryRuntime): RegistryService =>
  new RegistryService(memoryDeps(engine, engine, home));

const wanted: fc.Arbitrary<Wanted> = fc.record({
  agents: fc.integer({ min: 0, max: 3 }),
  image: fc.constantFrom(NODE_IMAGE, NEW_IMAGE),
  port: fc.constantFrom(undefined, 8080, 9090),
  variable: fc.constantFrom(undefined, "a", "b"),
  registry: fc.boolean(),
});
const KINDS: readonly FaultKind[] = ["fail", "lose-answer", "cut", "lie", "interrupt"];
const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ what: fc.constant("edited" as const), wanted }),
  fc.record({
    what: fc.constant("drift" as const),
    how: fc.constantFrom(...(Object.keys(DRIFTS) as (keyof typeof DRIFTS)[])),
    which: fc.nat({ max: 20 }),
  }),
  fc.record({
    what: fc.constant("fault" as const),
    wanted,
    kind: fc.constantFrom(...KINDS),
    nth: fc.integer({ min: 1, max: 120 }),
  }),
);

/** Somebody else's container, which nobody touches. */
const THEIRS: ContainerSpec = {
  name: "theirs",
  image: NODE_IMAGE,
  labels: {},
  process: { args: ["sleep"], env: [] },
  mounts: [],
  networks: [{ name: "theirs" }],
  ports: [],
  linux: {},
};

/** Calls that make or change something. */
const WORK =
  /\.(?:create|start|stop|remove|rename|pull|connect|disconnect|putArchive|pause|unpause|exec)$/;

it("reaches what is wanted, whatever happened before, touches nothing else, and then rests", async () => {
  await fc.assert(
    fc.asyncProperty(
      wanted,
      fc.array(happening, { minLength: 1, maxLength: 5 }),
      async (first, story) => {
        const engine = memoryEngine();
        await engine.networks.create({ name: "theirs", labels: {} });
        const foreign = await engine.containers.create({ ...THEIRS });
        await engine.containers.start(foreign);
        const theirs = await engine.containers.inspect(foreign);
        await addRegistry(engine, REGISTRY);
        const clusters = new ClusterService(memoryDeps(engine, engine, home));
        let now = first;
        await clusters.apply(resolved(now));
        for (const event of story) {
          if (event.what === "drift") {
            await drift(engine, event);
            if (event !== story.at(-1)) continue;
          } else now = event.wanted;
          if (event.what === "fault") await attempt(engine, now, event);
          await settles(engine, clusters, now);
          expect(await engine.containers.inspect(foreign)).toEqual(theirs);
        }
        await clusters.delete("demo");
        const left = await engine.containers.list();
        expect(left.map(({ name }) => name).toSorted()).toEqual([REGISTRY, "theirs"]);
        await engine.close();
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);

async function drift(
  engine: MemoryRuntime,
  { how, which }: Extract<Happening, { what: "drift" }>,
): Promise<void> {
  const names = (await nodesOf(engine)).map(({ name }) => name);
  const name = names[which % names.length];
  // What is stopped cannot be paused, and a registry not taken from a cluster that is gone: then nothing happens.
  if (name !== undefined) await DRIFTS[how](engine, name).catch(() => {});
}

/** An apply that meets a fault: it may fail, but never by an error inside k3d. */
async function attempt(
  engine: MemoryRuntime,
  now: Wanted,
  { kind, nth }: Extract<Happening, { what: "fault" }>,
): Promise<void> {
  const user = new AbortController();
  const onStrike = (): void => {
    if (kind === "interrupt") user.abort();
  };
  const faulty = guardRuntime(faultyRuntime(engine, { kind, nth, onStrike }));
  const time = virtualTime();
  const deps = memoryDeps(engine, faulty, home);
  const { update } = deps.kubeconfigStore;
  deps.kubeconfigStore.update = (...given) =>
    time.hold(() => update.apply(deps.kubeconfigStore, given));
  const error = await new ClusterService(deps).apply(resolved(now), { signal: user.signal }).then(
    () => undefined,
    (failure: unknown) => failure as Error & { code?: string },
  );
  time.stop();
  if (error === undefined) return;
  expect(error.code, error.stack).toBeDefined();
  expect(error.code, error.stack).not.toBe("INTERNAL");
}

async function settles(
  engine: MemoryRuntime,
  clusters: ClusterService,
  now: Wanted,
): Promise<void> {
  const config = resolved(now);
  const before = new Map((await nodesOf(engine)).map((node) => [node.name, node.id]));
  await outOfTrouble(engine, clusters, config);
  const { changes } = await clusters.diff(config);
  const changed = new Set(changes.map(({ name }) => name));
  await clusters.apply(config);
  const nodes = await nodesOf(engine);
  expect(nodes.map(({ name }) => name).toSorted()).toEqual(expectedNames(now));
  for (const node of nodes) {
    expect(node.status, node.name).toBe("running");
    if (!changed.has(node.name)) expect(node.id, node.name).toBe(before.get(node.name));
  }
  await looksAsWanted(engine, now);
  const calls = engine.calls.length;
  expect((await clusters.apply(config)).changes).toEqual([]);
  const work = engine.calls.slice(calls).filter(({ operation }) => WORK.test(operation));
  expect(work).toEqual([]);
}

/** Where apply rightly says that a server or a quorum of them is gone, does what it says. */
async function outOfTrouble(
  engine: MemoryRuntime,
  clusters: ClusterService,
  config: ResolvedConfig,
): Promise<void> {
  const all = (await nodesOf(engine)).filter(({ name }) => name.includes("-server-"));
  const names = new Set(all.map(({ name }) => name.replace(/-(?:mine|k3d-replaced)$/, "")));
  if (names.size * 2 > SERVERS) return;
  if (names.size === 0) await clusters.delete(config.metadata.name);
  else
    await clusters.start(config.metadata.name, { resetEtcd: true }).catch((error: unknown) => {
      // Without its load balancer nothing tells how many there were, and apply goes on.
      if (!isK3dError(error, "INVALID_INPUT")) throw error;
    });
}

async function looksAsWanted(engine: MemoryRuntime, now: Wanted): Promise<void> {
  const { networks } = await engine.containers.inspect(REGISTRY);
  expect(networks.some(({ name }) => name === "k3d-demo")).toBe(now.registry);
  for (const { name } of await nodesOf(engine)) {
    const info = await engine.containers.inspect(name);
    if (name.endsWith("-serverlb")) {
      expect(portsOf(info)).toEqual(now.port === undefined ? [] : [now.port]);
      continue;
    }
    expect(info.image, name).toBe(now.image);
    expect(mirrorsOf(engine, name), name).toEqual(now.registry ? [`${REGISTRY}:5000`] : []);
    const variables = info.spec.process.env.filter((entry) => entry.startsWith("MODE="));
    const mine = now.variable !== undefined && name.includes("-server-");
    expect(variables, name).toEqual(mine ? [`MODE=${now.variable}`] : []);
  }
}

/** Hosts that a node has mirrors of. */
function mirrorsOf(engine: MemoryRuntime, name: string): string[] {
  const yaml = parse(engine.files(name).readText(REGISTRIES) ?? "") as { mirrors?: object } | null;
  return Object.keys(yaml?.mirrors ?? {});
}

const portsOf = ({ ports }: ContainerInfo): number[] =>
  ports
    .filter(({ containerPort }) => containerPort === 80)
    .flatMap(({ hostPort }) => hostPort ?? []);

const expectedNames = ({ agents }: Wanted): string[] => [
  ...Array.from({ length: agents }, (_, index) => `k3d-demo-agent-${index}`),
  ...Array.from({ length: SERVERS }, (_, index) => `k3d-demo-server-${index}`),
  "k3d-demo-serverlb",
];

async function nodesOf(engine: MemoryRuntime) {
  return (await engine.containers.list()).filter(
    ({ name }) => name !== "theirs" && name !== REGISTRY,
  );
}
