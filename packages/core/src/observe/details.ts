import { isK3dError } from "../errors/index.js";
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

/** Containers inspected at once: on some engines every inspection is a process. */
const AT_ONCE = 8;

/** The nodes with their details. */
export async function withDetails(
  runtime: ContainerRuntime,
  nodes: readonly NodeView[],
  options: CallOptions = {},
): Promise<DetailedNode[]> {
  const result: DetailedNode[] = nodes.map((node) => ({ ...node }));
  const left = result.filter(({ status }) => status !== "unreachable");
  const work = async (): Promise<void> => {
    for (let node = left.shift(); node !== undefined; node = left.shift()) {
      try {
        node.details = await runtime.containers.inspect(node.id, options);
      } catch (error) {
        if (!isK3dError(error, "NOT_FOUND")) throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, left.length) }, work));
  return result;
}
