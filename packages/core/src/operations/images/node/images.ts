import { isK3dError, parseAnswer } from "../../../errors/index.js";
import type { NodeView } from "../../../node/views.js";
import type { CallOptions } from "../../../runtime/common.js";
import { exec } from "../../../runtime/run-command.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import type { EngineImage } from "../engine-images.js";

/** An image as the CRI knows it: the part of `ListImagesResponse` used here. */
export interface CriImage {
  /** Digest of its configuration. */
  id: string;
  repoTags?: string[] | null;
  repoDigests?: string[] | null;
  /** Bytes; a string, being 64 bits wide. */
  size?: string | number;
  pinned?: boolean;
}

/** @throws `COMMAND_FAILED`, and what the engine fails with. */
export async function criImages(
  runtime: ContainerRuntime,
  node: NodeView,
  options: CallOptions,
): Promise<CriImage[]> {
  const output = await exec(runtime, node.id, ["crictl", "images", "--output", "json"], options);
  return (
    parseAnswer<{ images?: CriImage[] }>(output, `list the images of ${node.name}`).images ?? []
  );
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
    const images = await criImages(runtime, node, options);
    return new Map(
      images.flatMap(({ id, repoTags, repoDigests }) =>
        [...(repoTags ?? []), ...(repoDigests ?? [])].map((name): [string, string] => [name, id]),
      ),
    );
  } catch (error) {
    if (isK3dError(error, "ABORTED")) throw error;
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
