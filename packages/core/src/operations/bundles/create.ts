import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { isSystemError, maskText } from "../../errors/index.js";
import { maskYaml } from "../../errors/mask-yaml.js";
import { notWritten, writeLargeFile } from "../../files/index.js";
import { fullImageReference } from "../../image/reference.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import { ensureImage } from "../../steps/ensure-image.js";
import type { ArchiveContents } from "../images/archive/contents.js";
import { layoutArchive } from "../images/archive/directory.js";
import {
  ANNOTATIONS,
  FILES,
  MEDIA_TYPES,
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
} from "../images/archive/documents.js";
import { imagesOf, type ArchivedImage } from "../images/archive/images.js";
import { readArchive } from "../images/archive/read.js";
import { BlobDirectory } from "./blob-directory.js";
import {
  CONFIG_ARTIFACT,
  ROLE_ANNOTATION,
  type BundleContents,
  type BundledConfig,
} from "./documents.js";
import { inspectBundle } from "./read.js";

export interface BundleRequest {
  /** Images by their references, and what each is for. */
  images: ReadonlyMap<string, string>;
  config?: BundledConfig;
  /** File to write; replaced when the bundle is whole. */
  path: string;
}

/**
 * Writes images and a config file into one file: an OCI image layout in a tar, which `docker load` and
 * `podman load` also read. What cannot be finished leaves nothing.
 *
 * Images that the engine lacks are pulled. The file is for the user alone where the config holds secrets.
 *
 * @returns what is in it
 * @throws `IMAGE_NOT_FOUND`, `REMOTE_UNAVAILABLE`, `INVALID_INPUT` (the file cannot be written).
 */
export async function createBundle(
  runtime: ContainerRuntime,
  { images, config, path }: BundleRequest,
  signal: AbortSignal,
): Promise<BundleContents> {
  const mode = config !== undefined && (await holdsSecrets(config.text)) ? 0o600 : 0o666;
  const make = async (written: string): Promise<BundleContents> => {
    const layout = `${written}.layout`;
    for (const reference of images.keys()) {
      await ensureImage(runtime, reference, { signal, progress: () => {} });
    }
    const blobs = await BlobDirectory.in(layout);
    const archive = await runtime.images.save([...images.keys()], { signal });
    const name = `of ${runtime.name}`;
    const found = await readArchive(archive, [blobs], { name, signal, canReopen: false });
    await writeLayout(layout, blobs, found, { images, ...(config ? { config } : {}) });
    await pipeline(await layoutArchive(layout), createWriteStream(written, { mode }), { signal });
    return inspectBundle(written, signal);
  };
  try {
    return await writeLargeFile(path, make, { prefix: ".k3d-bundle-", mode, signal });
  } catch (error) {
    if (!isSystemError(error)) throw error;
    const hint = "Name a file in another directory.";
    throw notWritten(`${path} cannot be written`, error, { hint });
  }
}

/** Whether the text of a config file is not for everybody's eyes; one that cannot be read may be. */
const holdsSecrets = async (text: string): Promise<boolean> =>
  (await maskYaml(text)) !== text || maskText(text) !== text;

async function writeLayout(
  layout: string,
  blobs: BlobDirectory,
  contents: ArchiveContents,
  { images, config }: Pick<BundleRequest, "images" | "config">,
): Promise<void> {
  const archived = imagesOf(contents);
  const manifests: Descriptor[] = [];
  const docker: object[] = [];
  for (const [reference, role] of images) {
    const name = fullImageReference(reference);
    const image = archived.find(({ names }) => names.includes(name));
    if (image === undefined) throw contents.incomplete(`image '${name}'`);
    const annotations = {
      [ANNOTATIONS.containerdName]: name,
      [ANNOTATIONS.refName]: name,
      [ROLE_ANNOTATION]: role,
    };
    manifests.push({ ...image.target, annotations });
    docker.push(dockerEntry(image, name));
  }
  if (config !== undefined) manifests.push(configArtifact(contents, config));
  for (const [digest, content] of contents.documents()) await blobs.add(digest, content);
  const index: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  const files = {
    [FILES.layout]: { imageLayoutVersion: "1.0.0" },
    [FILES.index]: index,
    [FILES.docker]: docker,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(layout, name), JSON.stringify(content), { mode: 0o644 });
  }
}

/** Engines that know no OCI layout find their way by this. */
function dockerEntry({ platforms }: ArchivedImage, name: string): object {
  const path = ({ digest }: Descriptor): string => `blobs/sha256/${digest.replace("sha256:", "")}`;
  const [image] = platforms;
  return {
    Config: image === undefined ? "" : path(image.config),
    RepoTags: [name],
    Layers: image?.layers.map(path) ?? [],
  };
}

function configArtifact(contents: ArchiveContents, config: BundledConfig): Descriptor {
  const add = (value: object, mediaType: string): Descriptor => {
    const { digest, size } = contents.addDocument(Buffer.from(JSON.stringify(value)));
    return { mediaType, digest, size };
  };
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: CONFIG_ARTIFACT,
    config: add({}, "application/vnd.oci.empty.v1+json"),
    layers: [add(config, CONFIG_ARTIFACT)],
  };
  return { ...add(manifest, MEDIA_TYPES.ociManifest), artifactType: CONFIG_ARTIFACT };
}
