import { type Change, altersAnything } from "../../plan/change.js";
import type { DesiredCluster } from "../../plan/desired.js";
import type { ObservedCluster } from "../../plan/observed.js";
import { reconcile } from "../../plan/reconcile.js";
import { DEFAULT_WAIT_LEVEL } from "../../readiness/usable.js";
import { type ChangeOptions, changeClusterSteps } from "../../steps/change-cluster.js";
import { runSteps } from "../../steps/graph.js";
import { type Collaborators, World } from "../../steps/world.js";
import type { WaitOptions } from "../options.js";
import { newOperationId } from "./operation-id.js";
import { noteChanges } from "./unfinished.js";
import { checkBeforeChange } from "./preflight.js";

/** Makes a cluster that exists as it shall be; what was done is undone on failure. @returns the changes. */
export async function carryOutChanges(
  desired: DesiredCluster,
  observed: ObservedCluster,
  deps: Collaborators,
  { wait = true, waitFor = DEFAULT_WAIT_LEVEL, timeoutMs, signal }: WaitOptions,
  extra: Pick<ChangeOptions, "drain"> = {},
): Promise<Change[]> {
  const changes = reconcile(desired, observed);
  if (!altersAnything(changes)) return [];
  await checkBeforeChange(desired, changes, deps, { signal });
  const world = new World(deps, newOperationId(deps.settings), desired, observed);
  const options: ChangeOptions = {
    wait,
    waitFor,
    ...extra,
    timeoutMs,
  };
  await runSteps(changeClusterSteps(changes, world, options, {}), { ...deps, signal });
  await noteChanges(observed, changes, deps, { signal });
  return changes;
}
