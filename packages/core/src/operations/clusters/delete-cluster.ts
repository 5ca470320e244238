import { K3dError } from "../../errors/index.js";
import { findCluster } from "../../node/find.js";
import { observeCluster } from "../../observe/cluster.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { reconcile } from "../../plan/reconcile.js";
import { type Removed, deleteClusterSteps } from "../../steps/delete-cluster.js";
import { runSteps } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { ClusterDeleteResult } from "../contracts.js";
import type { OperationOptions } from "../options.js";

/**
 * Deletes what belongs to the cluster, also the remains of a half-made or
 * half-deleted one, by either tool. What cannot be removed does not keep the rest.
 *
 * @throws `NOT_FOUND` when nothing of it is there; else the first failure, with what stays in its hint.
 */
export async function deleteCluster(
  name: string,
  deps: Collaborators,
  options: OperationOptions = {},
): Promise<ClusterDeleteResult> {
  const observed = await observeCluster(deps.runtime, name, options);
  if (observed === undefined) {
    const clusters = clusterViews(await listNodes(deps.runtime, options));
    const found = findCluster(name, clusters);
    return deleteCluster(found.name, deps, options);
  }
  const removed: Removed = { containers: [], networks: [], volumes: [], kubeconfigEntries: [] };
  const steps = deleteClusterSteps(reconcile(undefined, observed), observed, deps, removed);
  try {
    await runSteps(steps, { ...deps, ...options, rollback: false, goOn: true });
  } catch (error) {
    throw withRemedy(error, name);
  }
  return { name, removed };
}

/** What was not removed is found again by the same command. */
function withRemedy(error: unknown, name: string): unknown {
  if (!(error instanceof K3dError)) return error;
  const hint = `Something of the cluster may be left; try again with: k3d cluster delete ${name}`;
  return new K3dError(error.code, error.message, {
    hint: error.hint === undefined ? hint : `${error.hint} ${hint}`,
    cause: error,
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}
