import type { Readable } from "node:stream";
import { type ArchiveFiles, readArchive } from "./archive.ts";
import { missing } from "./content.ts";
import type { ImageStore } from "./image-store.ts";
import { formatReference, parseReference } from "./reference.ts";
import {
  type Descriptor,
  hostPlatform,
  type ImageConfig,
  type Index,
  type Manifest,
  matchesPlatform,
  mediaTypes,
  type Platform,
  platformText,
  type StoredImage,
} from "./types.ts";

export interface ImportOptions {
  namespace: string;
  /** Takes every platform of a multi-platform image, all of which must then be in the archive. */
  allPlatforms: boolean;
  platform?: Platform;
  /**
   * Name for images that the archive only gives a tag, by default `import-<date>`. When given, images of
   * an OCI layout with another name are left out.
   */
  baseName?: string;
  /** Also names images `<base name>@<digest>`: all of them, or only those without a name. */
  digests: false | "all" | "unnamed";
  unpack: boolean;
}

interface DockerManifestItem {
  Config: string;
  RepoTags: string[] | null;
  Layers: string[];
}

/** Imports every image of an archive and answers what it now names. Leaves no blobs behind when it fails. */
export async function importArchive(
  store: ImageStore,
  source: Readable,
  options: ImportOptions,
): Promise<StoredImage[]> {
  const fresh = new Set<string>();
  try {
    const files = await readArchive(source, store.content, fresh);
    const found = files.has("oci-layout")
      ? ociImages(store, files, options)
      : dockerImages(store, files, fresh);
    const images: StoredImage[] = [];
    for (const image of found)
      for (const name of namesOf(image, options))
        images.push(await register(store, name, image.target, options));
    const all =
      options.namespace === "k8s.io"
        ? images.flatMap((image) => [image, { ...image, name: image.configDigest }])
        : images;
    store.save(all);
    dropUnused(store, fresh, images);
    return images;
  } catch (error) {
    for (const digest of fresh) store.content.remove(digest);
    throw error;
  }
}

/** Removes blobs of the archive that belong to no image, such as its own metadata. */
function dropUnused(store: ImageStore, fresh: Set<string>, images: StoredImage[]): void {
  const used = new Set(images.flatMap((image) => reachable(store, image.target.digest)));
  for (const digest of fresh) if (!used.has(digest)) store.content.remove(digest);
}

function reachable(store: ImageStore, digest: string): string[] {
  if (!store.content.has(digest)) return [];
  const document = store.content.readJson<Manifest | Index>(digest);
  if ("manifests" in document)
    return [digest, ...document.manifests.flatMap((child) => reachable(store, child.digest))];
  return [digest, document.config.digest, ...document.layers.map((layer) => layer.digest)];
}

interface Found {
  /** Undefined when the archive names it nowhere. */
  name: string | undefined;
  target: Descriptor;
}

function baseNameOf({ baseName }: ImportOptions): string {
  return baseName ?? `import-${new Date().toISOString().slice(0, 10)}`;
}

/** What an image of an archive is called here; nothing for one that neither the archive nor the options name. */
function namesOf({ name, target }: Found, options: ImportOptions): string[] {
  const byDigest =
    options.digests === "all" || (options.digests === "unnamed" && name === undefined)
      ? [`${baseNameOf(options)}@${target.digest}`]
      : [];
  return [...(name === undefined ? [] : [name]), ...byDigest];
}

/** Names of an OCI layout; source: containerd's `images/archive` reference handling. */
function ociImages(store: ImageStore, files: ArchiveFiles, options: ImportOptions): Found[] {
  const index = files.get("index.json");
  if (!index) throw new Error("missing index.json in OCI layout: not found");
  const { manifests } = store.content.readJson<Index>(index.digest);
  return manifests.map((target) => ({ name: ociName(target, options), target }));
}

function ociName({ annotations = {} }: Descriptor, options: ImportOptions): string | undefined {
  const full = annotations["io.containerd.image.name"];
  if (full) return full;
  const reference = annotations["org.opencontainers.image.ref.name"];
  if (!reference) return undefined;
  if (!/[/:@]/.test(reference)) return `${baseNameOf(options)}:${reference}`;
  const { baseName } = options;
  const fits =
    baseName === undefined ||
    reference === baseName ||
    (reference.startsWith(baseName) && /^[/:@]/.test(reference.slice(baseName.length)));
  return fits ? reference : undefined;
}

/** Builds manifests for what `docker save` wrote. */
function dockerImages(store: ImageStore, files: ArchiveFiles, fresh: Set<string>): Found[] {
  const list = files.get("manifest.json");
  if (!list) throw new Error("unrecognized image format");
  const fileOf = (path: string): { digest: string; size: number } => {
    const file = files.get(path.replace(/^\.\//, ""));
    if (!file)
      throw new Error(`failed to resolve ${JSON.stringify(path)} in the archive: not found`);
    return file;
  };
  return store.content.readJson<DockerManifestItem[]>(list.digest).flatMap((item): Found[] => {
    const config = fileOf(item.Config);
    const { architecture, os, variant } = store.content.readJson<ImageConfig>(config.digest);
    const manifest: Manifest = {
      schemaVersion: 2,
      mediaType: mediaTypes.dockerManifest,
      config: { mediaType: mediaTypes.dockerConfig, ...config },
      layers: item.Layers.map((path) => {
        const layer = fileOf(path);
        return {
          mediaType: store.content.isGzip(layer.digest)
            ? mediaTypes.dockerLayerGzip
            : mediaTypes.dockerLayer,
          ...layer,
        };
      }),
    };
    const target: Descriptor = {
      mediaType: mediaTypes.dockerManifest,
      ...store.content.writeJson(manifest),
      platform: { os, architecture, ...(variant ? { variant } : {}) },
    };
    fresh.add(target.digest);
    const tags = item.RepoTags ?? [];
    if (tags.length === 0) return [{ name: undefined, target }];
    return tags.map((tag) => ({ name: formatReference(parseReference(tag)), target }));
  });
}

/** Checks that everything an image needs is there, and describes it. */
export async function register(
  store: ImageStore,
  name: string,
  target: Descriptor,
  options: Pick<ImportOptions, "allPlatforms" | "platform" | "unpack" | "namespace">,
): Promise<StoredImage> {
  const wanted = options.platform ?? hostPlatform();
  const manifests = selectManifests(store, target, options.allPlatforms ? undefined : wanted);
  if (manifests.length === 0)
    throw new Error(`no match for platform in manifest ${target.digest}: not found`);
  let size = store.content.size(target.digest);
  const platforms = new Set<string>();
  let own: string | undefined;
  for (const descriptor of manifests) {
    const manifest = store.content.readJson<Manifest>(descriptor.digest);
    if (!store.content.has(manifest.config.digest)) throw missing(manifest.config.digest);
    for (const part of [manifest.config, ...manifest.layers]) size += part.size;
    if (descriptor.digest !== target.digest) size += descriptor.size;
    const config = store.content.readJson<ImageConfig>(manifest.config.digest);
    const platform = descriptor.platform ?? config;
    platforms.add(platformText(platform));
    if (!matchesPlatform(platform, wanted) && manifests.length > 1) continue;
    own ??= manifest.config.digest;
    if (options.unpack) await verifyLayers(store, manifest, config);
  }
  return {
    namespace: options.namespace,
    name,
    target,
    configDigest: own ?? target.digest,
    size,
    platforms: [...platforms],
  };
}

/** The manifests to take from an image; attestations, which name no platform, are left out. */
function selectManifests(
  store: ImageStore,
  target: Descriptor,
  wanted: Platform | undefined,
): Descriptor[] {
  if (!store.content.has(target.digest)) throw missing(target.digest);
  if (!store.holdsIndex(target.mediaType, target.digest)) return [target];
  const children = store.content
    .readJson<Index>(target.digest)
    .manifests.filter((child) => wanted === undefined || matchesPlatform(child.platform, wanted));
  return children.flatMap((child) => selectManifests(store, child, wanted));
}

/** What unpacking would find: layers whose content is not what the configuration says. */
async function verifyLayers(
  store: ImageStore,
  manifest: Manifest,
  config: ImageConfig,
): Promise<void> {
  const expected = config.rootfs?.diff_ids ?? [];
  if (expected.length !== manifest.layers.length)
    throw new Error(`mismatched image rootfs and manifest layers`);
  for (const [at, layer] of manifest.layers.entries()) {
    if (!store.content.has(layer.digest))
      throw new Error(
        `failed to extract layer ${expected[at]}: failed to get reader from content store: ${missing(layer.digest).message}`,
      );
    const found =
      layer.digest === expected[at]
        ? layer.digest
        : await store.content.diffId(layer.digest).catch((error: Error) => {
            throw new Error(`failed to extract layer ${expected[at]}: ${error.message}`);
          });
    if (found !== expected[at])
      throw new Error(
        `failed to extract layer ${expected[at]}: wrong diff id calculated on extraction ${JSON.stringify(found)}`,
      );
  }
}
