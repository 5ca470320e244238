import { parseAnswer } from "../../../errors/index.js";
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

export const LIST_COMMAND = ["crictl", "images", "--output", "json"] as const;

/**
 * For {@link LIST_COMMAND}: `crictl` is the program of all of k3s, whose start alone collects garbage several
 * times, a quarter of its processor time (https://pkg.go.dev/runtime#hdr-Environment_Variables).
 */
export const LIST_ENV = "GOGC=400";

/** @throws `COMMAND_FAILED`, and what the engine fails with. */
export async function criImages(
  runtime: ContainerRuntime,
  node: NodeView,
  options: CallOptions,
): Promise<CriImage[]> {
  const output = await exec(runtime, node.id, [...LIST_COMMAND], {
    ...options,
    env: [LIST_ENV],
  });
  return (
    parseAnswer<{ images?: CriImage[] }>(output, `list the images of ${node.name}`).images ?? []
  );
}

/** Ids of images by their full references, in what `crictl` tells; none when it tells something else. */
export function imageIds(output: string): Map<string, string> {
  try {
    const { images = [] } = JSON.parse(output) as { images?: CriImage[] };
    return new Map(
      images.flatMap(({ id, repoTags, repoDigests }) =>
        [...(repoTags ?? []), ...(repoDigests ?? [])].map((name): [string, string] => [name, id]),
      ),
    );
  } catch {
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
