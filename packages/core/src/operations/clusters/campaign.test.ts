import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  inventory,
  memoryConfig,
  memoryDeps,
  memoryEngine,
  NEW_IMAGE,
} from "../../../test-support/memory-cluster.js";
import { faultyRuntime, type Fault, type FaultKind } from "../../testing/index.js";
import type { Collaborators } from "../../steps/world.js";
import { ClusterService } from "./cluster-service.js";
import { NodeService } from "../nodes/node-service.js";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-campaign-"));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

type Work = (deps: Collaborators, signal: AbortSignal) => Promise<unknown>;

interface Operation {
  /** Runs before, without faults. */
  before?: Work;
  work: Work;
  /** What a failure leaves: nothing of its own, or whatever it had removed. */
  undone: boolean;
}

const create: Work = (deps, signal) =>
  new ClusterService(deps).create(memoryConfig({ servers: 2, agents: 1 }), { signal });

const OPERATIONS: Readonly<Record<string, Operation>> = {
  "cluster create": { work: create, undone: true },
  "cluster delete": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).delete("demo", { signal }),
    undone: false,
  },
  "node create": {
    before: create,
    work: (deps, signal) =>
      new NodeService(deps).create({ name: "more", cluster: "demo", role: "agent" }, { signal }),
    undone: true,
  },
  "cluster edit": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).edit("demo", { image: NEW_IMAGE }, { signal }),
    undone: true,
  },
  "cluster stop": {
    before: create,
    work: (deps, signal) => new ClusterService(deps).stop("demo", { signal }),
    undone: false,
  },
  "cluster start": {
    before: async (deps, signal) => {
      await create(deps, signal);
      await new ClusterService(deps).stop("demo", { signal });
    },
    work: (deps, signal) => new ClusterService(deps).start("demo", { signal }),
    undone: false,
  },
};

/** An engine after `before`, and the operation tried on it with this fault. */
async function attempt({ before, work }: Operation, fault: Fault | undefined) {
  const engine = memoryEngine();
  const never = new AbortController().signal;
  await before?.(memoryDeps(engine, engine, home), never);
  const at = await inventory(engine);
  const controller = new AbortController();
  const faults =
    fault === undefined ? [] : [{ ...fault, onStrike: () => interrupt(fault, controller) }];
  const runtime = faultyRuntime(engine, ...faults);
  const deps = memoryDeps(engine, runtime, home);
  const error = await work(deps, controller.signal).then(
    () => undefined,
    (failure: unknown) => failure as Error & { code?: string; hint?: string },
  );
  return { engine, at, error, after: await inventory(engine), runtime };
}

function interrupt({ kind }: Fault, controller: AbortController): void {
  if (kind === "interrupt") controller.abort();
}

const KINDS: readonly FaultKind[] = ["fail", "lose-answer", "interrupt"];

describe.each(Object.entries(OPERATIONS))("%s", (_name, operation) => {
  it("succeeds without faults", async () => {
    const { error } = await attempt(operation, undefined);
    expect(error).toBeUndefined();
  });

  it.each(KINDS)(
    "leaves nothing, or what the error names, whichever call meets %s",
    async (kind) => {
      let struck = true;
      for (let nth = 1; struck; nth++) {
        const { engine, at, error, after, runtime } = await attempt(operation, { kind, nth });
        struck = runtime.struck();
        const where = `call ${nth}: ${runtime.calls.find(({ fault }) => fault)?.name}`;
        if (error !== undefined) {
          expect(error.code, `${where}: ${error.stack}`).not.toBe("INTERNAL");
          if (operation.undone) expect(after, `${where}: ${error.message}`).toEqual(at);
        }
        // Whatever the failure left, one deletion removes.
        const service = new ClusterService(memoryDeps(engine, engine, home));
        await service.delete("demo").catch(() => {});
        expect(await inventory(engine), where).toEqual([]);
        const kubeconfig = await readFile(join(home, ".kube", "config"), "utf8").catch(() => "");
        expect(kubeconfig, where).not.toContain("k3d-demo");
      }
    },
  );
});
