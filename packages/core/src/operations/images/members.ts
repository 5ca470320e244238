import { K3dError } from "../../errors/index.js";
import { missing } from "../../node/find.js";
import type { NodeView } from "../../node/views.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";

/**
 * The servers and agents of clusters, at least one of each cluster running.
 *
 * @throws `NOT_FOUND`, `CONTAINER_FAILED`.
 */
export async function membersOf(
  runtime: ContainerRuntime,
  clusters: readonly string[],
  options: CallOptions,
): Promise<NodeView[]> {
  return membersIn(await listNodes(runtime, options), clusters);
}

/** {@link membersOf}, among all nodes there are. */
export function membersIn(all: readonly NodeView[], clusters: readonly string[]): NodeView[] {
  return clusters.flatMap((cluster) => {
    const own = all.filter((node) => node.cluster === cluster);
    if (own.length === 0) {
      throw missing("cluster", [cluster], clusterViews(all));
    }
    const members = own.filter(({ role }) => role === "server" || role === "agent");
    if (members.some(({ status }) => status === "running")) return members;
    throw new K3dError("CONTAINER_FAILED", `No node of cluster '${cluster}' is running`, {
      hint: `Start it with: k3d cluster start ${cluster}`,
    });
  });
}
