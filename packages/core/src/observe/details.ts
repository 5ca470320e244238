import { isK3dError } from "../errors/index.js";
import { fewAtOnce } from "../model/few-at-once.js";
import type { NodeView } from "../node/views.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerInfo } from "../runtime/containers.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** What only an inspection of the container tells. */
export type NodeDetails = Pick<
  ContainerInfo,
  "spec" | "restartPolicy" | "mounts" | "networks" | "restartCount" | "startedAt" | "exitCode"
>;

/** A node, with its details where they were asked for and its container is still there. */
export interface DetailedNode extends NodeView {
  details?: NodeDetails;
}

/** The nodes with their details. */
export function withDetails(
  runtime: ContainerRuntime,
  nodes: readonly NodeView[],
  options: CallOptions = {},
): Promise<DetailedNode[]> {
  return fewAtOnce(nodes, async (node): Promise<DetailedNode> => {
    if (node.status === "unreachable") return { ...node };
    try {
      return { ...node, details: await runtime.containers.inspect(node.id, options) };
    } catch (error) {
      if (isK3dError(error, "NOT_FOUND")) return { ...node };
      throw error;
    }
  });
}
