import { K3dError } from "../../errors/index.js";
import { runsK3s } from "../../model/roles.js";
import type { NodeView } from "../../node/views.js";
import { findAll } from "../../observe/find.js";
import { listNodes } from "../../observe/nodes.js";
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
  const all = await listNodes(runtime, options);
  // Nodes that joined a cluster elsewhere take images as well.
  const known = [...new Set(all.flatMap(({ cluster }) => cluster ?? []))].map((name) => ({ name }));
  return findAll(clusters, known, "cluster").flatMap(({ name: cluster }) => {
    const members = all.filter((node) => node.cluster === cluster && runsK3s(node));
    if (members.some(({ status }) => status === "running")) return members;
    throw new K3dError("CONTAINER_FAILED", `No node of cluster '${cluster}' is running`, {
      hint: `Start it with: k3d cluster start ${cluster}`,
    });
  });
}
