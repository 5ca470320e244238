import { K3dError } from "../../errors/index.js";
import { observeCluster } from "../../observe/cluster.js";
import { requireKnownMachines } from "../../observe/unreachable.js";
import { findCluster } from "../../node/find.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { currentCluster } from "../../plan/current.js";
import type { DesiredCluster } from "../../plan/desired.js";
import { withForwards } from "../../plan/load-balancer-node.js";
import type { ClusterMembers, ObservedCluster } from "../../plan/observed.js";
import type { Collaborators } from "../../steps/world.js";
import type { ClusterView } from "../../node/views.js";
import { readBack } from "../read-back.js";
import type { OperationOptions } from "../options.js";

/** @throws `NOT_FOUND`, with the nearest name. */
export async function observeNamed(
  name: string,
  { runtime }: Pick<Collaborators, "runtime">,
  options: OperationOptions,
): Promise<ObservedCluster> {
  const all = await listNodes(runtime, options);
  const found = findCluster(name, clusterViews(all));
  requireKnownMachines(found.name, all, runtime);
  return present(name, await observeCluster(runtime, found.name, options, all));
}

/** As {@link observeNamed}, from one list of containers. @throws `NOT_FOUND`, with the nearest name. */
export async function viewNamed(
  name: string,
  { runtime }: Pick<Collaborators, "runtime">,
  options: OperationOptions,
): Promise<ClusterView> {
  const all = await listNodes(runtime, options);
  const found = findCluster(name, clusterViews(all));
  requireKnownMachines(found.name, all, runtime);
  return found;
}

/** As it is, from one list of containers; `undefined` where there is none of this very name. */
export async function viewPresent(
  name: string,
  { runtime }: Pick<Collaborators, "runtime">,
  options: OperationOptions,
): Promise<ClusterView | undefined> {
  const { signal } = options;
  return clusterViews(await listNodes(runtime, { signal })).find((view) => view.name === name);
}

function present<T>(name: string, observed: T | undefined): T {
  if (observed !== undefined) return observed;
  throw new K3dError("NOT_FOUND", `Cluster '${name}' was deleted in the meantime`);
}

/** The cluster as it is, as what it shall be. */
export async function currentOf(
  observed: ObservedCluster,
  { runtime, settings }: Pick<Collaborators, "runtime" | "settings">,
  options: OperationOptions,
): Promise<DesiredCluster> {
  const { embeddedDns } = await runtime.info(options);
  const { version, images } = settings;
  const current = currentCluster(observed, {
    version,
    runtime: runtime.name,
    images,
    embeddedDns,
  });
  const { loadBalancer } = current;
  return loadBalancer === undefined ? current : withForwards(current, loadBalancer);
}

/** The cluster after something was done to it. */
export function viewAfter(
  { name, view }: Pick<ClusterMembers, "name" | "view">,
  deps: Collaborators,
  { signal }: OperationOptions,
): Promise<ClusterView> {
  return readBack(() => viewNamed(name, deps, { signal }), view, deps.events);
}

/** Remains of a cluster without a server can only be deleted. @throws `CONTAINER_FAILED`. */
export function requireServer({ name, nodes }: Pick<ClusterView, "name" | "nodes">): void {
  if (nodes.some(({ role }) => role === "server")) return;
  throw new K3dError(
    "CONTAINER_FAILED",
    `Cluster '${name}' has no server any more: only remains of it are left`,
    {
      hint: `Delete them with: k3d cluster delete ${name}`,
    },
  );
}
