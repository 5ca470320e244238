import { isK3dError } from "../../errors/index.js";
import { fewAtOnce } from "../../model/few-at-once.js";
import { imagesOnce } from "../../observe/images.js";
import { withDetails } from "../../observe/details.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { ContainerStats } from "../../runtime/stats.js";
import type { OperationOptions } from "../options.js";
import type { ListedCluster, UsedCluster, UsedNode } from "./operations.js";

/** The clusters with what their nodes use. Needs capability `stats`; without it there are the sizes of images only. */
export async function withUsage(
  runtime: ContainerRuntime,
  clusters: readonly ListedCluster[],
  options: OperationOptions,
): Promise<UsedCluster[]> {
  const { stats } = await runtime.capabilities;
  const imageOf = imagesOnce(runtime, options);
  const all = clusters.flatMap(({ nodes }) => nodes);
  const detailed = await fewAtOnce(
    await withDetails(runtime, all, options),
    async (node): Promise<UsedNode> => {
      const [used, image] = await Promise.all([
        stats && node.status === "running" ? measure(runtime, node.id, options) : undefined,
        imageOf(node.image),
      ]);
      return {
        ...node,
        ...(used === undefined ? {} : { stats: used }),
        ...(image === undefined ? {} : { imageBytes: image.size }),
      };
    },
  );
  let next = 0;
  return clusters.map((cluster) => {
    const nodes = detailed.slice(next, next + cluster.nodes.length);
    next += nodes.length;
    return { ...cluster, nodes };
  });
}

/** `undefined` for a container that has stopped or gone meanwhile. */
async function measure(
  runtime: ContainerRuntime,
  id: string,
  options: OperationOptions,
): Promise<ContainerStats | undefined> {
  try {
    return await runtime.containers.stats(id, options);
  } catch (error) {
    if (isK3dError(error, "CONTAINER_FAILED", "NOT_FOUND")) return undefined;
    throw error;
  }
}
