import type { ResolvedConfig } from "../../config/resolved-config.js";
import { observeCluster } from "../../observe/cluster.js";
import { requireKnownMachines } from "../../observe/unreachable.js";
import { altersAnything } from "../../plan/change.js";
import type { ObservedCluster } from "../../plan/observed.js";
import { changeClusterSteps } from "../../steps/change-cluster.js";
import { runSteps } from "../../steps/graph.js";
import { type Collaborators, World } from "../../steps/world.js";
import type { ClusterApplyResult } from "../contracts.js";
import type { OperationOptions } from "../options.js";
import { oneAtATime } from "../turns/one-at-a-time.js";
import { createCluster } from "./create-cluster.js";
import { requireQuorum } from "./etcd-quorum.js";
import { requireServer, viewAfter, viewPresent } from "./observe-current.js";
import { newOperationId } from "./operation-id.js";
import { type ClusterPlan, planCluster } from "./plan-cluster.js";
import { checkBeforeChange } from "./preflight.js";
import { settleReplacements } from "./settle-replacements.js";
import { markAsWhole, unfinishedOf, withoutBare } from "./unfinished.js";

/** What would make the cluster as the config says; changes nothing. */
export async function diffCluster(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterPlan> {
  const { name } = config.metadata;
  const observed = await observeCluster(deps.runtime, name, options);
  requireKnownMachines(name, observed?.nodes ?? [], deps.runtime);
  return planCluster(config, deps, { ...options, observed });
}

/** Makes the cluster as the config says: creates it, or changes what differs. */
export async function applyCluster(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterApplyResult> {
  const { name } = config.metadata;
  const present = await viewPresent(name, deps, options);
  if (present !== undefined) {
    const changed = await oneAtATime(present, deps, options, async () => {
      const found = await observeCluster(deps.runtime, name, options);
      const isThere = found?.nodes.some(({ role }) => role !== "registry") === true;
      return isThere ? changeCluster(config, found, deps, options) : undefined;
    });
    // Otherwise it was deleted while this command waited.
    if (changed !== undefined) return changed;
  }
  const { cluster } = await createCluster(config, deps, options);
  return { cluster, created: true, changes: [] };
}

async function changeCluster(
  config: ResolvedConfig,
  found: ObservedCluster,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterApplyResult> {
  requireKnownMachines(found.name, found.nodes, deps.runtime);
  requireServer(found);
  requireQuorum(found);
  const settled = await settleReplacements(found, deps, options);
  const unfinished = await unfinishedOf(settled, deps, options);
  const observed = await withoutBare(settled, unfinished, deps, options);
  const work = await planCluster(config, deps, { ...options, observed, settlePorts: true });
  for (const message of work.warnings) deps.events.emit({ type: "warning", message });
  const { changes, desired, run } = work;
  if (!altersAnything(changes)) {
    if (unfinished !== undefined) await markAsWhole(unfinished, deps, options);
    return { cluster: observed.view, created: false, changes: [] };
  }
  await checkBeforeChange(desired, changes, deps, options);
  const world = new World(deps, newOperationId(deps.settings), desired, observed, work.settle);
  await runSteps(changeClusterSteps(changes, world, run, {}), {
    ...deps,
    ...options,
    rollback: run.rollback,
  });
  const cluster = await viewAfter(observed, deps, options);
  if (unfinished !== undefined) await markAsWhole(unfinished, deps, options);
  return { cluster, created: false, changes };
}
