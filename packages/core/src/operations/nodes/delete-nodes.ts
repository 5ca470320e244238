import { K3dError } from "../../errors/index.js";
import { runsK3s } from "../../model/roles.js";
import { API_PORT } from "../../model/defaults.js";
import type { NodeView } from "../../node/views.js";
import { findNode } from "../../node/find.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { withoutNodes } from "../../plan/add-nodes.js";
import { runSteps } from "../../steps/graph.js";
import { removeContainerStep } from "../../steps/remove.js";
import type { Collaborators } from "../../steps/world.js";
import { carryOutChanges } from "../clusters/carry-out.js";
import { oneAtATime } from "../turns/one-at-a-time.js";
import { observeSettled } from "../clusters/settle-replacements.js";
import { currentOf } from "../clusters/observe-current.js";
import type { NodeDeleteOptions } from "../contracts.js";

/** @returns what was removed. */
export async function deleteNodes(
  names: readonly string[],
  deps: Collaborators,
  { signal, drain = false }: NodeDeleteOptions,
): Promise<NodeView[]> {
  const call = { signal };
  const all = await listNodes(deps.runtime, call);
  const nodes = [...new Set(names.map((name) => findNode(name, all)))];
  const clusters = clusterViews(all);
  const byCluster = Map.groupBy(nodes, ({ cluster }) =>
    clusters.some(({ name }) => name === cluster) ? cluster : undefined,
  );
  for (const [cluster, going] of byCluster) refuseLastServer(cluster, going, all);
  for (const [cluster, going] of byCluster) warnOfLastWayIn(cluster, going, all, deps);
  for (const [name, going] of byCluster) {
    const cluster = clusters.find((view) => view.name === name);
    if (cluster === undefined) await removeAlone(going, deps, signal);
    else
      await oneAtATime(cluster, deps, call, () =>
        removeFrom(cluster.name, going, deps, { signal, drain }),
      );
  }
  return nodes;
}

/** Without a load balancer the first server alone publishes the API. */
function warnOfLastWayIn(
  cluster: string | undefined,
  going: readonly NodeView[],
  all: readonly NodeView[],
  { events }: Collaborators,
): void {
  const publisher = going.find(
    ({ role, ports }) =>
      role === "server" && ports.some(({ containerPort }) => containerPort === API_PORT),
  );
  const hasBalancer = all.some(
    (node) => node.cluster === cluster && node.role === "loadbalancer" && !going.includes(node),
  );
  if (cluster === undefined || publisher === undefined || hasBalancer) return;
  events.emit({
    type: "warning",
    message: `Only ${publisher.name} publishes the API of cluster '${cluster}': without it no kubeconfig reaches the cluster`,
    hint: "k3d cluster apply with the cluster's file makes that node again.",
  });
}

async function removeFrom(
  cluster: string,
  asked: readonly NodeView[],
  deps: Collaborators,
  { signal, drain = false }: NodeDeleteOptions,
): Promise<void> {
  const observed = await observeSettled(cluster, deps, { signal });
  // Another command may have removed or replaced some meanwhile.
  const going = observed.nodes.filter(({ name }) => asked.some((node) => node.name === name));
  refuseLastServer(cluster, going, observed.nodes);
  if (!isUp(cluster, going, observed.nodes)) return removeAlone(going, deps, signal);
  const current = await currentOf(observed, deps, { signal });
  const desired = await withoutNodes(current, new Set(going.map(({ name }) => name)));
  await carryOutChanges(desired, observed, deps, { signal, wait: false }, { drain });
}

/** Whether a server is left that can be told: otherwise only the containers go. */
function isUp(cluster: string, going: readonly NodeView[], all: readonly NodeView[]): boolean {
  return all.some(
    (node) =>
      node.cluster === cluster &&
      node.role === "server" &&
      node.status === "running" &&
      !going.some(({ name }) => name === node.name),
  );
}

async function removeAlone(
  nodes: readonly NodeView[],
  deps: Collaborators,
  signal: AbortSignal | undefined,
): Promise<void> {
  const world = { runtime: deps.runtime, collaborators: deps };
  await runSteps(
    nodes.map((node) => removeContainerStep(node, world)),
    { ...deps, signal, rollback: false, goOn: true },
  );
  const k3s = nodes.filter((node) => runsK3s(node) && node.cluster !== undefined);
  if (k3s.length === 0) return;
  deps.events.emit({
    type: "warning",
    message: `Kubernetes still lists ${k3s.map(({ name }) => name).join(", ")}: no server of the cluster runs`,
    hint: "Once it runs again: kubectl delete node NAME",
  });
}

function refuseLastServer(
  cluster: string | undefined,
  going: readonly NodeView[],
  all: readonly NodeView[],
): void {
  const isServer = (node: NodeView): boolean => node.cluster === cluster && node.role === "server";
  if (cluster === undefined || !going.some(isServer)) return;
  const left = all.filter(
    (node) => isServer(node) && !going.some(({ name }) => name === node.name),
  );
  if (left.length > 0) return;
  throw new K3dError("INVALID_INPUT", `Cluster '${cluster}' would be left without a server`, {
    hint: `Delete the whole cluster with: k3d cluster delete ${cluster}`,
  });
}
