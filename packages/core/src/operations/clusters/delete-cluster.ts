import { K3dError, withHint } from "../../errors/index.js";
import { goneContexts } from "../../kubeconfig/gone-contexts.js";
import { kubeContextName } from "../../model/names.js";
import { findCluster } from "../../node/find.js";
import { kubeconfigFacts } from "../../observe/kubeconfig-facts.js";
import { observeMembers } from "../../observe/members.js";
import { unreachableMachines } from "../../machines/machine.js";
import { requireKnownMachines, withUnreachable } from "../../observe/unreachable.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import type { ClusterView } from "../../node/views.js";
import type { ClusterMembers } from "../../plan/observed.js";
import { reconcile } from "../../plan/reconcile.js";
import { type Removed, deleteClusterSteps } from "../../steps/delete-cluster.js";
import { runSteps } from "../../steps/graph.js";
import { removeFromKubeconfigStep } from "../../steps/kubeconfig.js";
import type { Collaborators } from "../../steps/world.js";
import type { ClusterDeleteResult } from "../contracts.js";
import { readBack } from "../read-back.js";
import { withHooks } from "../lifecycle/index.js";
import type { HookOptions, OperationOptions } from "../options.js";

/**
 * Deletes what belongs to the cluster, also the remains of a half-made or
 * half-deleted one, by either tool. What cannot be removed does not keep the rest.
 *
 * @throws `NOT_FOUND` when nothing of it is there, in the kubeconfig neither; else the first failure, with what stays in its hint;
 * `HOOK_REFUSED`, `HOOK_FAILED`.
 */
export async function deleteCluster(
  name: string,
  deps: Collaborators,
  options: HookOptions = {},
): Promise<ClusterDeleteResult> {
  const observed = await observeMembers(deps.runtime, name, options);
  if (observed === undefined) {
    const clusters = clusterViews(await listNodes(deps.runtime, options));
    if (!clusters.some((cluster) => cluster.name === name)) {
      const removed = await forgetContext(name, clusters, deps, options);
      if (removed !== undefined) return removed;
    }
    const found = findCluster(name, clusters);
    return deleteCluster(found.name, deps, options);
  }
  requireKnownMachines(observed.name, observed.nodes, deps.runtime);
  return withHooks(
    "delete",
    observed.view,
    deps,
    options,
    () => deleteMembers(observed, deps, { signal: options.signal }),
    { after: ({ removed }) => ({ removed }) },
  );
}

/** What a kubeconfig still has of a cluster that is nowhere, as after a deletion that was cut short; `undefined` for nothing. */
async function forgetContext(
  name: string,
  clusters: readonly ClusterView[],
  deps: Collaborators,
  { signal }: OperationOptions,
): Promise<ClusterDeleteResult | undefined> {
  const documents = await Promise.all(
    deps.kubeconfigStore.paths.map((path) =>
      deps.kubeconfigStore.read(path).catch(() => undefined),
    ),
  );
  const context = kubeContextName(name);
  if (!documents.some((document) => document?.names("contexts").includes(context)))
    return undefined;
  const here = new Set(clusters.map((cluster) => cluster.name));
  const facts = await kubeconfigFacts(here, deps, { signal });
  if (!documents.some((document) => document && goneContexts(document, facts).includes(name)))
    return undefined;
  const kubeconfigEntries: string[] = [];
  const step = removeFromKubeconfigStep(name, deps, [], (names) =>
    kubeconfigEntries.push(...names),
  );
  await runSteps([step], { ...deps, signal, rollback: false });
  return { name, removed: { containers: [], networks: [], volumes: [], kubeconfigEntries } };
}

async function deleteMembers(
  observed: ClusterMembers,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterDeleteResult> {
  const { name } = observed;
  const removed: Removed = { containers: [], networks: [], volumes: [], kubeconfigEntries: [] };
  const kept = new Set<string>();
  const steps = deleteClusterSteps(reconcile(undefined, observed), observed, deps, removed, kept);
  try {
    await runSteps(steps, { ...deps, ...options, rollback: false, goOn: true });
    await checkGone(name, observed, { removed, kept }, deps, options);
  } catch (error) {
    // What was not removed is found again by the same command.
    throw withHint(
      error,
      `Something of the cluster may be left; try again with: k3d cluster delete ${name}`,
    );
  }
  refuseRemains(name, observed, deps);
  return { name, removed };
}

/**
 * What is on a machine that does not answer stays there.
 *
 * @throws `RUNTIME_UNAVAILABLE` with what that is, as far as it is known
 */
function refuseRemains(name: string, { nodes }: ClusterMembers, { runtime }: Collaborators): void {
  const machines = unreachableMachines(runtime).map((machine) => machine.name);
  if (machines.length === 0) return;
  const left = withUnreachable(nodes, runtime)
    .filter(({ status }) => status === "unreachable")
    .map((node) => `${node.name} on ${node.machine}`);
  const what = left.length === 0 ? `what it has on ${machines.join(", ")}` : left.join(", ");
  throw new K3dError(
    "RUNTIME_UNAVAILABLE",
    `Cluster '${name}' is deleted except for ${what}: ${machines.join(", ")} cannot be reached`,
    {
      hint: `When it is back, run again: k3d cluster delete ${name}`,
      details: { machines, nodes: left },
    },
  );
}

/**
 * Looks once more: an engine may claim that it removed something, or have kept quiet about it. What
 * stays for a reason was told as a warning. That it cannot be looked at is no failure.
 *
 * @throws `RUNTIME_ERROR`
 */
async function checkGone(
  name: string,
  before: ClusterMembers,
  { removed, kept }: { removed: Removed; kept: ReadonlySet<string> },
  { runtime, events }: Collaborators,
  options: OperationOptions,
): Promise<void> {
  const now = await readBack(() => observeMembers(runtime, name, options), undefined, events);
  if (now === undefined) return;
  const known = new Set(before.nodes.map((node) => node.name));
  const left = [
    ...now.nodes
      .filter((node) => removed.containers.includes(node.name) || !known.has(node.name))
      .map((node) => node.name),
    ...[...now.ownNetworks.map((network) => network.name), ...now.ownVolumes].filter(
      (object) => !kept.has(object),
    ),
  ];
  if (left.length === 0) return;
  throw new K3dError(
    "RUNTIME_ERROR",
    `Cluster '${name}' is not gone: the engine still has ${left.join(", ")}`,
    {
      hint: "Another command may be making it right now, or the engine did not do what it reported.",
    },
  );
}
