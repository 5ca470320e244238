import { K3dError } from "../../errors/index.js";
import { isAside } from "../../model/names.js";
import { runsK3s } from "../../model/roles.js";
import { unreachableMachines } from "../../machines/machine.js";
import { LABELS } from "../../model/labels.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import type { ChangeAction } from "../../plan/change.js";
import { withoutNodes } from "../../plan/add-nodes.js";
import type { ObservedCluster } from "../../plan/observed.js";
import { reconcile, stateChanges } from "../../plan/reconcile.js";
import { waitForReturn } from "../../readiness/wait-for-return.js";
import { DEFAULT_WAIT_LEVEL } from "../../readiness/usable.js";
import { changeClusterSteps } from "../../steps/change-cluster.js";
import { runSteps } from "../../steps/graph.js";
import { type Collaborators, World } from "../../steps/world.js";
import type { StartOptions } from "../options.js";
import { withHooks } from "../lifecycle/index.js";
import { oneAtATime } from "../turns/one-at-a-time.js";
import { lostServers, requireQuorum, resetEtcd } from "./etcd-quorum.js";
import { foreignNamesStep } from "./foreign-names.js";
import { currentOf, observeNamed, requireServer, viewAfter, viewNamed } from "./observe-current.js";
import { newOperationId } from "./operation-id.js";
import { settleReplacements } from "./settle-replacements.js";
import { markAsUsed, unfinishedOf, warnOfMissing, withoutBare } from "./unfinished.js";

/** What a start may do; it replaces nothing, and removes only what never could run. */
const MENDING: ReadonlySet<ChangeAction> = new Set([
  "get",
  "create",
  "rename",
  "connect",
  "start",
  "unpause",
]);

/**
 * Starts all nodes of a cluster, and mends what it needs for that: a load
 * balancer that is gone, a node off its network or under another name. All servers
 * at once: an etcd cluster answers only when more than half of its members are
 * back. Nothing is undone on failure: what runs may go on running.
 *
 * @throws `CONTAINER_FAILED` when more than half of its servers are gone.
 */
export async function startCluster(
  name: string,
  deps: Collaborators,
  options: StartOptions = {},
): Promise<ClusterView> {
  const found = await viewNamed(name, deps, options);
  requireServer(found);
  return withHooks("start", found, deps, options, () =>
    oneAtATime(found, deps, options, async () =>
      startNodes(await observeNamed(found.name, deps, options), deps, options),
    ),
  );
}

async function startNodes(
  found: ObservedCluster,
  deps: Collaborators,
  options: StartOptions,
): Promise<ClusterView> {
  const reset = options.resetEtcd === true;
  let observed = await settleReplacements(found, deps, options);
  if (reset) observed = await resetEtcd(observed, deps, options);
  else requireQuorum(observed);
  const unfinished = await unfinishedOf(observed, deps, options);
  if (unfinished !== undefined) warnOfMissing(observed.name, unfinished, observed.nodes, deps);
  observed = await withoutBare(observed, unfinished, deps, options);
  const current = await currentOf(observed, deps, options);
  const desired = reset ? await withoutNodes(current, new Set(lostServers(observed))) : current;
  // What is gone may be on a machine that cannot be reached.
  const isWhole = unreachableMachines(deps.runtime).length === 0;
  const wanted = reconcile(desired, observed).flatMap((change) => {
    if (change.action !== "replace") return change;
    // What would be made otherwise today runs as it is.
    const node = observed.nodes.find(({ name: present }) => present === change.name);
    return node === undefined ? [] : stateChanges(node, node.name);
  });
  const all = wanted.filter(
    ({ action, kind }) =>
      (MENDING.has(action) && (isWhole || action !== "create")) || (reset && kind === "forward"),
  );
  const outside = await nodesOutside(observed, deps, options);
  const changes = all.filter(({ name }) => !outside.has(name));
  const lost = changes.find(({ action, kind }) => action === "create" && kind === "loadbalancer");
  if (lost !== undefined) {
    deps.events.emit({
      type: "warning",
      message: `Load balancer ${lost.name} is gone: it is made again, without the ports that it published besides the API`,
      hint: `Add them with: k3d cluster edit ${observed.name} --port-add …`,
    });
  }
  const world = new World(deps, newOperationId(deps.settings), desired, observed);
  const awaited = options.wait !== false;
  const idle = { wait: false, awaited, waitFor: DEFAULT_WAIT_LEVEL } as const;
  const steps = changeClusterSteps(changes, world, idle, {});
  const { view } = observed;
  steps.push(...foreignNamesStep(view, deps, steps));
  if (awaited) {
    const k3s = view.nodes.filter((node) => runsK3s(node) && !outside.has(node.name));
    steps.push({
      id: "ready",
      title: `Wait for cluster ${view.name}`,
      needs: steps.map(({ id }) => id),
      run: async (context) => {
        const level = options.waitFor ?? DEFAULT_WAIT_LEVEL;
        await waitForReturn(view, k3s, deps, { ...options, ...context, level });
      },
    });
  }
  await runSteps(steps, { ...deps, signal: options.signal, rollback: false });
  const after = await viewAfter(observed, deps, options);
  if (unfinished !== undefined) await markAsUsed(unfinished, after.nodes, deps, options);
  if (after !== observed.view)
    requireRunning(after.nodes.filter(({ name: node }) => !outside.has(node) && !isAside(node)));
  return after;
}

/**
 * The nodes on machines whose engines are in no group with the first one any more, and so have no
 * network to start on: they are told of and left out, as those of a machine that is gone.
 *
 * @throws `RUNTIME_UNAVAILABLE` where the first machine is such a one: nothing can start then.
 */
async function nodesOutside(
  { name, nodes }: ObservedCluster,
  { runtime, events }: Collaborators,
  options: StartOptions,
): Promise<ReadonlySet<string>> {
  const [first] = runtime.machines ?? [];
  if (first === undefined) return new Set();
  const { obstacles = [] } = await runtime.info({ signal: options.signal });
  const outside = obstacles.filter(({ machine }) => machine !== undefined);
  for (const { machine, reason, hint } of outside) {
    if (machine === first.name) {
      throw new K3dError("RUNTIME_UNAVAILABLE", `Cluster '${name}' cannot start: ${reason}`, {
        hint,
      });
    }
    events.emit({ type: "warning", message: `Nodes on ${machine} are left out: ${reason}`, hint });
  }
  const machines = new Set(outside.map(({ machine }) => machine));
  return new Set(
    nodes.filter(({ labels }) => machines.has(labels[LABELS.machine])).map((node) => node.name),
  );
}

/** @throws `CONTAINER_FAILED` when one is down, whatever the engine had answered. */
function requireRunning(nodes: readonly NodeView[]): void {
  const down = nodes.filter(({ status }) => status === "created" || status === "stopped");
  if (down.length === 0) return;
  const names = down.map(({ name }) => name).join(", ");
  throw new K3dError(
    "CONTAINER_FAILED",
    `${names} ${down.length === 1 ? "does" : "do"} not run, although the engine reported no failure`,
    { hint: `Try it again; if that does not help, look at the log: k3d logs ${down[0]?.name}` },
  );
}
