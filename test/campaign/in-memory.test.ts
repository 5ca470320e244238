import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeContainerds } from "../../packages/core/test-support/containerd.js";
import {
  addRegistry,
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NEW_IMAGE,
  NODE_IMAGE,
  readHostFiles,
} from "../../packages/core/test-support/memory-cluster.js";
import { virtualTime } from "../../packages/core/test-support/virtual-time.js";
import { guardRuntime } from "../../packages/core/src/runtime/guarded.js";
import type { Collaborators } from "../../packages/core/src/steps/world.js";
import {
  faultyRuntime,
  type Fault,
  type FaultKind,
  type MemoryRuntime,
} from "../../packages/core/src/testing/index.js";
import { ImageService } from "../../packages/core/src/operations/images/image-service.js";
import { NodeService } from "../../packages/core/src/operations/nodes/node-service.js";
import { PruneService } from "../../packages/plugin-prune/src/operations/prune-service.js";
import { RegistryService } from "../../packages/core/src/operations/registries/registry-service.js";
import { ClusterService } from "../../packages/core/src/operations/clusters/cluster-service.js";
import { SnapshotService } from "../../packages/core/src/operations/snapshots/snapshot-service.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-campaign-"));
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await rm(home, { recursive: true });
});

type Work = (deps: Collaborators, signal: AbortSignal) => Promise<unknown>;

interface Operation {
  /** Runs before, without faults. */
  before?: Work;
  work: Work;
  /** What a failure leaves: nothing of its own, or whatever it had removed. */
  undone: boolean;
  /** What a success must show, whatever the engine had claimed. */
  shows?: (engine: MemoryRuntime, where?: string) => Promise<void>;
  /** Faults that it is not tried with. */
  untried?: readonly FaultKind[];
}

const small = { servers: 1, agents: 1 };
const create: Work = (deps, signal) =>
  new ClusterService(deps).create(memoryConfig(small), { signal });
const pruneOf = (deps: Collaborators): PruneService =>
  new PruneService({ collaborators: deps, clusters: new ClusterService(deps) });
const nothing = async (engine: MemoryRuntime): Promise<void> =>
  expect(await inventory(engine)).toEqual([]);

const running =
  (...names: string[]) =>
  async (engine: MemoryRuntime, where?: string): Promise<void> => {
    const found = await engine.containers.list();
    const up = found.filter(({ status }) => status === "running").map(({ name }) => name);
    expect(up, where).toEqual(expect.arrayContaining(names));
  };
const FIRST = ["k3d-demo-server-0", "k3d-demo-agent-0", "k3d-demo-serverlb"];
const stopped: Work = async (deps, signal) => {
  await create(deps, signal);
  await new ClusterService(deps).stop("demo", { signal });
};

const keep: Work = (deps, signal) =>
  new SnapshotService(deps).create("demo", { name: "kept", signal });
const dropSnapshot = (deps: Collaborators): Promise<unknown> =>
  new SnapshotService(deps).delete(["kept"]).catch(() => {});
const restore: Work = async (deps, signal) => {
  const { token } = await new SnapshotService(deps).config("kept");
  const config = memoryConfig({ ...small, ...(token === undefined ? {} : { token }) });
  return new SnapshotService(deps).restore("kept", config, { replace: true, signal });
};

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "cluster create": {
    work: (deps, signal) =>
      new ClusterService(deps).create(memoryConfig({ servers: 2, agents: 1 }), { signal }),
    undone: true,
    shows: running(...FIRST, "k3d-demo-server-1"),
  },
  "cluster create that nobody waits for": {
    work: (deps, signal) =>
      new ClusterService(deps).create(
        memoryConfig({ ...small, options: { k3d: { wait: false } } }),
        { signal },
      ),
    undone: true,
    shows: running(...FIRST),
  },
  "cluster delete": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).delete("demo", { signal }),
    undone: false,
    shows: nothing,
  },
  "node create": {
    before: create,
    work: (deps, signal) =>
      new NodeService(deps).create({ name: "more", cluster: "demo", role: "agent" }, { signal }),
    undone: true,
    shows: running(...FIRST, "k3d-more-0"),
  },
  "node create that nobody waits for": {
    before: create,
    work: (deps, signal) =>
      new NodeService(deps).create(
        { name: "more", cluster: "demo", role: "agent" },
        { signal, wait: false },
      ),
    undone: true,
    shows: running(...FIRST, "k3d-more-0"),
  },
  "node delete": {
    before: create,
    work: (deps, signal) => new NodeService(deps).delete(["k3d-demo-agent-0"], { signal }),
    undone: false,
  },
  "cluster edit": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).edit("demo", { image: NEW_IMAGE }, { signal }),
    undone: true,
    shows: running(...FIRST),
  },
  "cluster apply": {
    before: create,
    work: (deps, signal) =>
      new ClusterService(deps).apply(memoryConfig({ servers: 1, agents: 2 }), { signal }),
    undone: true,
    shows: running(...FIRST, "k3d-demo-agent-1"),
  },
  "cluster apply of registries": {
    before: async (deps, signal) => {
      const engine = deps.runtime as MemoryRuntime;
      await addRegistry(engine, "k3d-reg");
      const registries = { use: ["k3d-reg"] };
      await new ClusterService(deps).create(memoryConfig({ ...small, registries }), { signal });
      readHostFiles(engine, "k3d-demo-server-0", "k3d-demo-agent-0");
    },
    work: (deps, signal) => new ClusterService(deps).apply(memoryConfig(small), { signal }),
    undone: true,
  },
  "cluster stop": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).stop("demo", { signal }),
    undone: false,
    shows: async (engine) => {
      const all = await engine.containers.list();
      expect(all.filter(({ status }) => status === "running")).toEqual([]);
    },
  },
  "cluster pause": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).pause("demo", { signal }),
    undone: true,
    shows: async (engine) => {
      const all = await engine.containers.list();
      expect(all.map(({ status }) => status)).toEqual(FIRST.map(() => "paused"));
    },
  },
  "cluster unpause": {
    before: async (deps, signal) => {
      await create(deps, signal);
      await new ClusterService(deps).pause("demo", { signal });
    },
    work: (deps, signal) => new ClusterService(deps).unpause("demo", { signal }),
    undone: true,
    shows: running(...FIRST),
  },
  "cluster start": {
    before: stopped,
    work: (deps, signal) => new ClusterService(deps).start("demo", { signal }),
    undone: false,
    shows: running(...FIRST),
  },
  "cluster start that nobody waits for": {
    before: stopped,
    work: (deps, signal) => new ClusterService(deps).start("demo", { signal, wait: false }),
    undone: false,
    shows: running(...FIRST),
  },
  "cluster snapshot create": {
    before: async (deps, signal) => {
      await create(deps, signal);
      await dropSnapshot(deps);
    },
    work: keep,
    undone: true,
  },
  "cluster restore": {
    before: async (deps, signal) => {
      await create(deps, signal);
      await dropSnapshot(deps);
      await keep(deps, signal);
      await new ClusterService(deps).delete("demo");
    },
    work: restore,
    undone: true,
    // Its reads of real files and the virtual clock of the test do not get along there.
    untried: ["lie"],
  },
  "cluster restore in the place of another": {
    before: async (deps, signal) => {
      await create(deps, signal);
      await dropSnapshot(deps);
      await keep(deps, signal);
    },
    work: restore,
    undone: true,
    untried: ["hang", "hang-after", "lie"],
  },
  "image import": {
    before: create,
    work: (deps, signal) =>
      new ImageService(deps).import(["demo"], [{ kind: "image", reference: NODE_IMAGE }], {
        signal,
      }),
    undone: true,
  },
  prune: {
    // What a creation leaves that was killed half-way.
    before: async (deps, signal) => {
      await create(deps, signal);
      for (const { name } of await deps.runtime.containers.list({ signal }))
        if (!name.includes("serverlb")) await deps.runtime.containers.remove(name, { force: true });
    },
    work: async (deps, signal) => {
      const prune = pruneOf(deps);
      return prune.remove((await prune.find({}, { signal })).items, {}, { signal });
    },
    undone: false,
  },
  "registry create": {
    work: (deps, signal) => new RegistryService(deps).create({ name: "reg", wait: false, signal }),
    undone: true,
    shows: running("k3d-reg"),
  },
  "registry stop": {
    before: (deps, signal) =>
      new RegistryService(deps).create({ name: "reg", wait: false, signal }),
    work: (deps, signal) => new RegistryService(deps).stop("reg", { signal }),
    undone: false,
    shows: async (engine) =>
      expect((await engine.containers.inspect("k3d-reg")).status).toBe("stopped"),
  },
  "registry delete": {
    before: (deps, signal) =>
      new RegistryService(deps).create({ name: "reg", wait: false, signal }),
    work: (deps, signal) => new RegistryService(deps).delete("reg", { signal }),
    undone: false,
    shows: nothing,
  },
};

/** An engine after `before`, and the operation tried on it with this fault. */
async function attempt({ before, work }: Operation, fault: Fault | undefined) {
  const engine = memoryEngine();
  fakeContainerds(engine);
  const never = new AbortController().signal;
  await before?.(memoryDeps(engine, engine, home), never);
  const at = await inventory(engine);
  const user = new AbortController();
  const faults = fault === undefined ? [] : [{ ...fault, onStrike: () => interrupt(fault, user) }];
  const runtime = faultyRuntime(engine, ...faults);
  const time = virtualTime();
  const deps = memoryDeps(engine, guardRuntime(runtime), home);
  const { update } = deps.kubeconfigStore;
  deps.kubeconfigStore.update = (...given) =>
    time.hold(() => update.apply(deps.kubeconfigStore, given));
  const error = await work(deps, user.signal).then(
    () => undefined,
    (failure: unknown) => failure as Error & { code?: string; hint?: string },
  );
  time.stop();
  await runtime.settled();
  return { engine, at, error, after: await inventory(engine), runtime };
}

/** How long a user waits for an engine that does not answer; milliseconds. Longer than the guard. */
const PATIENCE_MS = 180_000;

function interrupt({ kind }: Fault, user: AbortController): void {
  if (kind === "interrupt" || kind === "carry-on") user.abort();
  if (kind === "hang" || kind === "hang-after") setTimeout(() => user.abort(), PATIENCE_MS);
}

const KINDS: readonly FaultKind[] = [
  "fail",
  "lose-answer",
  "cut",
  "hang",
  "hang-after",
  "lie",
  "interrupt",
  "carry-on",
];

describe.each(Object.entries(OPERATIONS))("%s", (_name, operation) => {
  it("succeeds without faults", async () => {
    const { error, engine } = await attempt(operation, undefined);
    expect(error).toBeUndefined();
    await operation.shows?.(engine);
  });

  it.each(KINDS.filter((kind) => operation.untried?.includes(kind) !== true))(
    "leaves nothing, or what the error names, whichever call meets %s",
    async (kind) => {
      let struck = true;
      for (let nth = 1; struck; nth++) {
        const { engine, at, error, after, runtime } = await attempt(operation, { kind, nth });
        struck = runtime.struck();
        const where = `call ${nth}: ${runtime.calls.find(({ fault }) => fault)?.name}`;
        if (error !== undefined) {
          expect(error.code, `${where}: ${error.stack}`).not.toBe("INTERNAL");
          expect(error.code, `${where}: ${error.stack}`).toBeDefined();
          if (operation.undone) expect(after, `${where}: ${error.message}`).toEqual(at);
        } else await operation.shows?.(engine, where);
        // Whatever the failure left, one deletion removes.
        const deps = memoryDeps(engine, engine, home);
        await new ClusterService(deps).delete("demo").catch(() => {});
        await new RegistryService(deps).delete("reg", { force: true }).catch(() => {});
        const prune = pruneOf(deps);
        await prune.remove((await prune.find()).items);
        expect(await inventory(engine), where).toEqual([]);
        const kubeconfig = await readFile(join(home, ".kube", "config"), "utf8").catch(() => "");
        expect(kubeconfig, where).not.toContain("k3d-demo");
      }
    },
    60_000,
  );
});
