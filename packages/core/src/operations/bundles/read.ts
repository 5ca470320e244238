import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { isK3dError, K3dError } from "../../errors/index.js";
import { notRead } from "../../files/index.js";
import { lacksCapability } from "../../runtime/capability-needs.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { ArchiveContents } from "../images/archive/contents.js";
import {
  ANNOTATIONS,
  FILES,
  type ImageIndex,
  type ImageManifest,
} from "../images/archive/documents.js";
import { imagesOf } from "../images/archive/images.js";
import { formatPlatform } from "../images/archive/platforms.js";
import { readArchive } from "../images/archive/read.js";
import { tarStream } from "../images/archive/tar-stream.js";
import {
  CONFIG_ARTIFACT,
  ROLE_ANNOTATION,
  type BundleContents,
  type BundledConfig,
  type BundledImage,
} from "./documents.js";

/**
 * What a bundle holds. All of it is read, and every file's content compared with its digest.
 *
 * @throws `NOT_FOUND`, `INVALID_INPUT` (damaged, cut short, no bundle).
 */
export async function inspectBundle(path: string, signal: AbortSignal): Promise<BundleContents> {
  const found = await stat(path).catch((error: unknown) => {
    throw notRead(`Bundle ${path}`, error, { hint: HINT });
  });
  if (!found.isFile()) throw new K3dError("INVALID_INPUT", `${path} is not a file`, { hint: HINT });
  const contents = await archiveIn(path, signal);
  const index = contents.file(FILES.index);
  if (contents.file(FILES.layout) === undefined || index === undefined) {
    throw new K3dError("INVALID_INPUT", `${path} is not a bundle`, { hint: HINT });
  }
  const { manifests } = contents.json<ImageIndex>(index.digest, FILES.index);
  const artifact = manifests.find(({ artifactType }) => artifactType === CONFIG_ARTIFACT);
  // Not by digest: one image may be there under two names, for two purposes.
  const roles = new Map(
    manifests.map(({ annotations }) => [
      annotations?.[ANNOTATIONS.containerdName],
      annotations?.[ROLE_ANNOTATION],
    ]),
  );
  const images = imagesOf(contents).flatMap(({ names, target, platforms }) => {
    if (target.digest === artifact?.digest) return [];
    const parts = platforms.flatMap(({ config, layers }) => [config, ...layers]);
    const lacked = parts.find(({ digest }) => !contents.has(digest));
    if (lacked !== undefined) throw contents.incomplete(`blob ${lacked.digest}`);
    return names.map((name) => ({
      name,
      role: roles.get(name) ?? "workload",
      digest: target.digest,
      platforms: platforms.map(({ platform }) => formatPlatform(platform)),
      size: parts.reduce((sum, { size }) => sum + size, 0),
    }));
  });
  const config = artifact === undefined ? undefined : configOf(contents, artifact.digest);
  for (const image of images) READ.set(image, contents);
  return { images, config };
}

const HINT = "Write one with: k3d bundle create";

/** What was read of a bundle, by the images that were told of. */
const READ = new WeakMap<BundledImage, ArchiveContents>();

/** The documents of a bundle, which is read only where nobody has told of these images of it. */
export async function archiveOf(
  path: string,
  images: readonly BundledImage[],
  signal: AbortSignal,
): Promise<ArchiveContents> {
  const [first] = images;
  return (first && READ.get(first)) ?? archiveIn(path, signal);
}

/** @throws `INVALID_INPUT` with how to write a bundle, not one of the archives that other commands read. */
async function archiveIn(path: string, signal: AbortSignal): Promise<ArchiveContents> {
  try {
    const source = await tarStream(createReadStream(path), path);
    return await readArchive(source, [], { name: path, signal, canReopen: false });
  } catch (error) {
    if (!isK3dError(error, "INVALID_INPUT")) throw error;
    const { code, details } = error;
    const message = error.message.replace(/is not an image archive$/, "is not a bundle");
    throw new K3dError(code, message, { hint: HINT, details, cause: error });
  }
}

function configOf(contents: ArchiveContents, digest: string): BundledConfig {
  const { layers } = contents.json<ImageManifest>(digest, "manifest");
  const { file, text } = contents.json<BundledConfig>(layers[0]?.digest ?? "", "config file");
  if (typeof file === "string" && typeof text === "string") return { file, text };
  throw contents.damaged("its config file is invalid");
}

/**
 * Brings the images of a bundle into the engine, after all of the bundle was checked.
 *
 * @param checked what {@link inspectBundle} told a moment ago; it is not checked again then.
 * @throws `UNSUPPORTED` where the engine loads no images, as {@link inspectBundle}, and what the engine fails with.
 */
export async function loadBundle(
  runtime: ContainerRuntime,
  path: string,
  signal: AbortSignal,
  checked?: BundleContents,
): Promise<BundleContents> {
  if (!(await runtime.capabilities).imageArchive)
    throw lacksCapability("imageArchive", runtime.name);
  const contents = checked ?? (await inspectBundle(path, signal));
  if (contents.images.length > 0) {
    await runtime.images.load(await tarStream(createReadStream(path), path), { signal });
  }
  return contents;
}
