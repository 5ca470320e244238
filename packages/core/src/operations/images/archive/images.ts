import { fullImageReference } from "../../../image/reference.js";
import type { ArchiveContents } from "./contents.js";
import {
  ANNOTATIONS,
  FILES,
  MEDIA_TYPES,
  type Descriptor,
  type DockerManifestEntry,
  type ImageIndex,
  type ImageManifest,
  type Platform,
} from "./documents.js";
import { isNoPlatform } from "./platforms.js";

/** What an image is for one platform. */
export interface PlatformImage {
  platform: Platform;
  manifest: Descriptor;
  config: Descriptor;
  layers: readonly Descriptor[];
}

/** An image of an archive. */
export interface ArchivedImage {
  /** Full references, none when pods cannot ask for it. */
  names: string[];
  /** The manifest or index that the names stand for. */
  target: Descriptor;
  /** Those whose manifest is in the archive. */
  platforms: PlatformImage[];
  /** Whether the index names more platforms than the archive holds. */
  isPartial: boolean;
}

interface PlatformConfig extends Platform {}

/**
 * The images that an archive holds.
 *
 * @throws `INVALID_INPUT` when it is no image archive, or documents are missing or broken.
 */
export function imagesOf(contents: ArchiveContents): ArchivedImage[] {
  const isLayout = contents.file(FILES.layout) !== undefined;
  const index = contents.file(FILES.index);
  const docker = contents.file(FILES.docker);
  if (isLayout && index !== undefined) {
    const images = ofLayout(contents, index.digest);
    // Docker writes both forms, and the names of some images only into its own.
    return docker === undefined ? images : withDockerNames(contents, images, docker.digest);
  }
  if (docker !== undefined) return ofDocker(contents, docker.digest);
  throw contents.incomplete(`${FILES.docker} and ${FILES.index}, which list the images it holds`);
}

function ofLayout(contents: ArchiveContents, digest: string): ArchivedImage[] {
  const { manifests = [] } = contents.json<ImageIndex>(digest, FILES.index);
  const byTarget = new Map<string, ArchivedImage>();
  for (const { annotations = {}, ...target } of manifests) {
    const known = byTarget.get(target.digest);
    const names = layoutNames(annotations);
    if (known !== undefined) {
      known.names = [...new Set([...known.names, ...names])];
      continue;
    }
    const { found, absent } = platformsOf(contents, target);
    byTarget.set(target.digest, { names, target, platforms: found, isPartial: absent > 0 });
  }
  return [...byTarget.values()];
}

function layoutNames(annotations: Record<string, string>): string[] {
  const full = annotations[ANNOTATIONS.containerdName];
  const reference = annotations[ANNOTATIONS.refName] ?? "";
  // A tag alone names no repository.
  return toNames([full ?? (/[/:@]/.test(reference) ? reference : "")]);
}

function platformsOf(
  contents: ArchiveContents,
  descriptor: Descriptor,
): { found: PlatformImage[]; absent: number } {
  if (!contents.has(descriptor.digest)) {
    throw contents.incomplete(`manifest ${descriptor.digest}`);
  }
  const document = contents.json<ImageIndex | ImageManifest>(descriptor.digest, "manifest");
  if (!("manifests" in document)) {
    return { found: [platformImage(contents, descriptor, document)], absent: 0 };
  }
  const found: PlatformImage[] = [];
  let absent = 0;
  for (const child of document.manifests) {
    if (!contents.has(child.digest)) absent += 1;
    else if (child.platform === undefined || !isNoPlatform(child.platform)) {
      const inner = platformsOf(contents, child);
      found.push(...inner.found);
      absent += inner.absent;
    }
  }
  return { found, absent };
}

function platformImage(
  contents: ArchiveContents,
  manifest: Descriptor,
  { config, layers }: ImageManifest,
): PlatformImage {
  if (config === undefined || !Array.isArray(layers)) {
    throw contents.damaged(`manifest ${manifest.digest} is not that of an image`);
  }
  const { os, architecture, variant } =
    manifest.platform ?? contents.json<PlatformConfig>(config.digest, "configuration");
  const platform = { os, architecture, ...(variant ? { variant } : {}) };
  return { platform, manifest, config, layers };
}

function ofDocker(contents: ArchiveContents, digest: string): ArchivedImage[] {
  const entries = contents.json<DockerManifestEntry[]>(digest, FILES.docker);
  if (!Array.isArray(entries)) throw contents.damaged(`${FILES.docker} holds no list`);
  return entries.map((entry) => {
    const config = contents.file(entry.Config);
    if (config === undefined) throw contents.incomplete(`configuration ${entry.Config}`);
    const layers = (entry.Layers ?? []).map((path): Descriptor => {
      const file = contents.file(path);
      if (file === undefined) throw contents.incomplete(`layer ${path}`);
      const { size, compression } = file;
      return { mediaType: MEDIA_TYPES.layer[compression], digest: file.digest, size };
    });
    const manifest: ImageManifest = {
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.ociManifest,
      config: { mediaType: MEDIA_TYPES.config, digest: config.digest, size: config.size },
      layers,
    };
    const written = contents.addDocument(Buffer.from(JSON.stringify(manifest)));
    const target = {
      mediaType: MEDIA_TYPES.ociManifest,
      digest: written.digest,
      size: written.size,
    };
    const image = platformImage(contents, target, manifest);
    return {
      names: toNames(entry.RepoTags ?? []),
      target: { ...target, platform: image.platform },
      platforms: [image],
      isPartial: false,
    };
  });
}

function withDockerNames(
  contents: ArchiveContents,
  images: ArchivedImage[],
  digest: string,
): ArchivedImage[] {
  const entries = contents.json<DockerManifestEntry[]>(digest, FILES.docker);
  return images.map((image) => {
    if (image.names.length > 0) return image;
    const configs = new Set(image.platforms.map(({ config }) => config.digest));
    const entry = entries.find(({ Config }) => configs.has(contents.file(Config)?.digest ?? ""));
    return { ...image, names: toNames(entry?.RepoTags ?? []) };
  });
}

/** What is no reference, as an archive may hold it, names nothing. */
function toNames(references: readonly string[]): string[] {
  return references.flatMap((reference) => {
    try {
      return reference === "" ? [] : [fullImageReference(reference)];
    } catch {
      return [];
    }
  });
}
