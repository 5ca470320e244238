import type { ResolvedConfig } from "../../config/resolved-config.js";
import { K3dError, isK3dError, toK3dError, unlessMissing } from "../../errors/index.js";
import { asideName, isAside } from "../../model/names.js";
import type { ClusterView } from "../../node/views.js";
import { reconcile } from "../../plan/reconcile.js";
import type { ObservedCluster, ObservedNode } from "../../plan/observed.js";
import { lacksCapability } from "../../runtime/capability-needs.js";
import { FINISHED_STEP, createClusterSteps } from "../../steps/create-cluster.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { Halt } from "../../steps/halt.js";
import { patient } from "../../steps/patience.js";
import type { ApiOutcome } from "../../steps/ready.js";
import type { RestoredData } from "../../steps/restored.js";
import { type Collaborators, World } from "../../steps/world.js";
import { creationResult } from "../clusters/create-cluster.js";
import { runBeforeCreate, withAfterCreate } from "../lifecycle/index.js";
import { observeNamed } from "../clusters/observe-current.js";
import { beginTurn } from "../turns/one-at-a-time.js";
import { newOperationId } from "../clusters/operation-id.js";
import { planCluster } from "../clusters/plan-cluster.js";
import type { ClusterCreateResult } from "../create-result.js";
import type { OperationOptions } from "../options.js";

/**
 * Puts a cluster that begins with a snapshot in the place of one that is there: its containers are put
 * aside, the new ones are made on the same network, and when they are ready the old ones are removed.
 * On failure the old ones are back as they were.
 */
export async function replaceCluster(
  config: ResolvedConfig,
  present: ClusterView,
  deps: Collaborators,
  options: OperationOptions & { restored: RestoredData },
): Promise<ClusterCreateResult> {
  const { runtime } = deps;
  if (!(await runtime.capabilities).rename) throw lacksCapability("rename", runtime.name);
  const { signal } = options;
  await runBeforeCreate(config, deps, { signal });
  const end = await beginTurn(present, deps, { signal });
  try {
    const observed = await observeNamed(present.name, deps, { signal });
    return await replaceObserved(config, observed, deps, options, end);
  } finally {
    await end();
  }
}

/** @param endTurn is called before hooks, which may change the cluster. */
async function replaceObserved(
  config: ResolvedConfig,
  observed: ObservedCluster,
  deps: Collaborators,
  { signal, restored }: OperationOptions & { restored: RestoredData },
  endTurn: () => Promise<void>,
): Promise<ClusterCreateResult> {
  refuseHalves(observed);
  const work = await planCluster(config, deps, { signal, observed, settlePorts: true });
  for (const message of work.warnings) deps.events.emit({ type: "warning", message });
  const own = new Set(observed.ownVolumes);
  const desired = {
    ...work.desired,
    volumes: work.desired.volumes.map((volume) =>
      own.has(volume.name) ? { ...volume, action: "use" as const } : volume,
    ),
  };
  const world = new World(deps, newOperationId(deps.settings), desired, observed);
  const outcome: ApiOutcome = {};
  const replaced = observed.nodes.filter(({ role }) => role !== "registry");
  const aside = replaced.map((node) => asideStep(node, world));
  const created = createClusterSteps(
    // All of it is made, also what is there already.
    reconcile(desired, undefined),
    world,
    { ...work.run, wait: true },
    outcome,
    work.openPorts,
    restored,
  );
  const images = new Set(created.filter(({ id }) => id.startsWith("image:")).map(({ id }) => id));
  const asideIds = aside.map(({ id }) => id);
  const steps = [
    ...aside.map((step) => ({ ...step, needs: [...images] })),
    ...created.map((step) =>
      images.has(step.id) ? step : { ...step, needs: [...(step.needs ?? []), ...asideIds] },
    ),
  ];
  if (config.hooks.some(({ when }) => when === "after-create")) {
    steps.push({
      id: "turn:end",
      title: "Let hooks change the cluster",
      needs: created.filter(({ id }) => id !== FINISHED_STEP).map(({ id }) => id),
      run: endTurn,
    });
  }
  await runSteps(await withAfterCreate(steps, config, deps), { ...deps, signal });
  await removeReplaced(replaced, world);
  return creationResult(work, world, outcome, { signal });
}

/** What an earlier command put aside has no place to go back to. */
function refuseHalves({ name, nodes }: ObservedCluster): void {
  const left = nodes.filter((node) => isAside(node.name)).map((node) => node.name);
  if (left.length === 0) return;
  throw new K3dError(
    "ALREADY_EXISTS",
    `An earlier command left ${left.join(", ")} of cluster '${name}'`,
    { hint: `Repair it first with: k3d cluster start ${name}` },
  );
}

function asideStep({ id, name, role, status }: ObservedNode, { runtime }: World): Step {
  const { containers } = runtime;
  const halt = new Halt(runtime, { id, role });
  return {
    id: `aside:${name}`,
    title: `Put ${role} ${name} aside`,
    async run({ signal }) {
      if (status === "paused") await containers.unpause(id, { signal: patient(signal) });
      await halt.stop({ signal });
      await containers.rename(id, asideName(name), { signal: patient(signal) });
    },
    async undo({ signal }) {
      const found = await containers.inspect(id, { signal }).catch((error: unknown) => {
        if (isK3dError(error, "NOT_FOUND")) return undefined;
        throw error;
      });
      // Removed already, as the last act of all: then the new one stays.
      if (found === undefined) return;
      if (found.name !== name) await containers.rename(id, name, { signal });
      if (status === "running") await halt.takeBack({ signal });
      if (status === "paused" && found.status !== "paused") {
        await halt.takeBack({ signal });
        await containers.pause(id, { signal });
      }
    },
  };
}

/**
 * Now that the new cluster is there, nothing brings the old one back: what cannot be removed is told
 * of, and a later command removes it. Not by the signal of the command, for the same reason.
 */
async function removeReplaced(
  replaced: readonly ObservedNode[],
  { collaborators: deps, desired: { name: cluster } }: World,
): Promise<void> {
  const steps = replaced.map(({ id, name, role }): Step => ({
    id: `replaced:${name}`,
    title: `Remove the old ${role} ${name}`,
    run: ({ signal }) => unlessMissing(deps.runtime.containers.remove(id, { signal, force: true })),
  }));
  try {
    await runSteps(steps, { ...deps, rollback: false, goOn: true });
  } catch (error) {
    deps.events.emit({
      type: "warning",
      message: `Containers of the old cluster '${cluster}' are left: ${toK3dError(error).message}`,
      hint: "They are stopped, and named …-k3d-replaced; remove them with the engine's own client.",
    });
  }
}
