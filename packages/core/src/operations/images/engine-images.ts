import { isK3dError, K3dError } from "../../errors/index.js";
import type { CallOptions } from "../../runtime/common.js";
import type { ImageInfo } from "../../runtime/images.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { formatImageReference, isImageId, parseImageReference } from "../../image/reference.js";

/** An image of the engine's, with the names that nodes will know it by. */
export interface EngineImage {
  id: string;
  /** Full references, at least one: what the caller named, or for an id the tags that it has. */
  names: string[];
  /** The reference by which the engine saves it. */
  saved: string;
  /** Bytes. */
  size: number;
  /** `os/arch[/variant]`, where the engine tells it. */
  platform?: string;
}

/**
 * Looks the images up in the engine.
 *
 * @throws `IMAGE_NOT_FOUND` with all that are missing, `INVALID_INPUT`.
 */
export async function engineImages(
  runtime: ContainerRuntime,
  references: readonly string[],
  options: CallOptions,
): Promise<EngineImage[]> {
  const infos = await Promise.all(
    references.map((reference) => inspectOrNothing(runtime, reference, options)),
  );
  const missing = references.filter((_, index) => infos[index] === undefined);
  if (missing.length > 0) throw await notFound(runtime, missing, options);
  const images = new Map<string, EngineImage>();
  for (const [index, reference] of references.entries()) {
    const info = infos[index];
    if (info === undefined) continue;
    const known = images.get(info.id);
    const names = [...new Set([...(known?.names ?? []), ...namesOf(reference, info)])];
    const platform = [info.os, info.architecture, info.variant].filter(Boolean).join("/");
    images.set(info.id, {
      id: info.id,
      names,
      // Engines save what is named by its content without a tag, if at all.
      saved: info.references[0] ?? reference,
      size: info.size,
      ...(platform.includes("/") ? { platform } : {}),
    });
  }
  return [...images.values()];
}

async function inspectOrNothing(
  runtime: ContainerRuntime,
  reference: string,
  options: CallOptions,
): Promise<ImageInfo | undefined> {
  if (!isImageId(reference)) parseImageReference(reference);
  try {
    return await runtime.images.inspect(reference, options);
  } catch (error) {
    if (isK3dError(error, "IMAGE_NOT_FOUND")) return undefined;
    throw error;
  }
}

/**
 * The name that was given, without its tag where there is a digest: so the CRI reads it. No pod can
 * ask for an id, which therefore stands for its tags.
 */
function namesOf(reference: string, info: ImageInfo): string[] {
  const isId = isImageId(reference) || info.id.startsWith(`sha256:${reference}`);
  if (!isId) {
    const { domain, path, tag, digest } = parseImageReference(reference);
    return [
      formatImageReference(digest === undefined ? { domain, path, tag } : { domain, path, digest }),
    ];
  }
  if (info.references.length > 0) return info.references;
  throw new K3dError("INVALID_INPUT", `Image '${reference}' has no tag that pods could ask for`, {
    hint: "Tag it, then import it by that name.",
  });
}

async function notFound(
  runtime: ContainerRuntime,
  missing: readonly string[],
  options: CallOptions,
): Promise<K3dError> {
  const all = (await runtime.images.list(options)).flatMap(({ references }) => references);
  const similar = missing.flatMap((reference) => {
    const { path, tag } = parsedOrNothing(reference) ?? {};
    const end = `/${path?.replace(/^library\//, "")}:${tag}`;
    return all.filter((candidate) => candidate.endsWith(end));
  });
  const what = missing.length === 1 ? "Image" : "Images";
  return new K3dError(
    "IMAGE_NOT_FOUND",
    `${what} not found in ${runtime.name}, nor as a file: ${missing.join(", ")}`,
    {
      hint:
        similar.length > 0
          ? `There is ${similar.join(", ")}: give the full name.`
          : "Pull or build it first, or name an image archive.",
      details: { missing },
    },
  );
}

function parsedOrNothing(reference: string): { path: string; tag?: string } | undefined {
  return isImageId(reference) ? undefined : parseImageReference(reference);
}
