import { isK3dError } from "../../errors/index.js";
import { exec } from "../../runtime/run-command.js";
import type { NodeView } from "../../node/views.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { EngineImage } from "./engine-images.js";

/** The part of `crictl images --output json` used here: `ListImagesResponse` of the CRI. */
interface CriImages {
  images?: { id: string; repoTags?: string[] | null }[];
}

/**
 * Ids of the images that a node has, by their full references. None when the node does not tell:
 * it then gets everything.
 */
export async function nodeImages(
  runtime: ContainerRuntime,
  node: NodeView,
  options: CallOptions,
): Promise<Map<string, string>> {
  try {
    const output = await exec(runtime, node.id, ["crictl", "images", "--output", "json"], options);
    const { images = [] } = JSON.parse(output) as CriImages;
    return new Map(
      images.flatMap(({ id, repoTags }) =>
        (repoTags ?? []).map((tag): [string, string] => [tag, id]),
      ),
    );
  } catch (error) {
    if (isK3dError(error, "ABORTED", "RUNTIME_UNAVAILABLE")) throw error;
    return new Map();
  }
}

/** Whether a node has an image, with the same content, by all of its names. */
export function hasImage(
  present: ReadonlyMap<string, string>,
  { id, names }: EngineImage,
): boolean {
  return names.every((name) => present.get(name) === id);
}
