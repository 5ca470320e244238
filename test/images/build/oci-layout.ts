import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImageSettings } from "./recipe.ts";

/** Label that keeps the recipe's hash in the image, so that engines tell how current theirs is. */
export const RECIPE_LABEL = "io.k3d.test.recipe";

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "amd64",
  arm64: "arm64",
  arm: "arm",
};
/** One date for all images, so that the same content is the same image. */
const CREATED = "2026-01-01T00:00:00Z";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes an image into a folder in two forms over the same blobs: as an OCI image layout, and with
 * the `manifest.json` of a docker-archive. Packed with tar the folder is thus what `docker load`,
 * `podman load` and `skopeo` (`docker-archive:` or `oci-archive:`) read; unpacked it is an `oci:` layout.
 *
 * @param layer an uncompressed tar of the root file system, which is moved into the folder
 * @param reference full image reference with tag
 */
export async function writeImage(
  folder: string,
  layer: string,
  reference: string,
  settings: ImageSettings,
  recipeHash: string,
): Promise<void> {
  const blobs = join(folder, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  const layerBlob = await describe(layer, "application/vnd.oci.image.layer.v1.tar");
  await rename(layer, join(blobs, hex(layerBlob)));

  const config = await writeBlob(blobs, "application/vnd.oci.image.config.v1+json", {
    created: CREATED,
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    os: "linux",
    config: { ...toImageConfig(settings), Labels: { [RECIPE_LABEL]: recipeHash } },
    rootfs: { type: "layers", diff_ids: [layerBlob.digest] },
    history: [{ created: CREATED, comment: "k3d test image" }],
  });
  const manifest = await writeBlob(blobs, "application/vnd.oci.image.manifest.v1+json", {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config,
    layers: [layerBlob],
  });
  await writeJson(join(folder, "oci-layout"), { imageLayoutVersion: "1.0.0" });
  await writeJson(join(folder, "index.json"), {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        ...manifest,
        annotations: {
          "io.containerd.image.name": reference,
          "org.opencontainers.image.ref.name": reference,
        },
      },
    ],
  });
  await writeJson(join(folder, "manifest.json"), [
    { Config: blobPath(config), RepoTags: [reference], Layers: [blobPath(layerBlob)] },
  ]);
}

function asSet(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function toImageConfig(settings: ImageSettings): Record<string, unknown> {
  return {
    Env: settings.env ?? [`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`],
    ...(settings.entrypoint && { Entrypoint: settings.entrypoint }),
    ...(settings.cmd && { Cmd: settings.cmd }),
    ...(settings.volumes && { Volumes: asSet(settings.volumes) }),
    ...(settings.exposedPorts && { ExposedPorts: asSet(settings.exposedPorts) }),
    ...(settings.workingDir && { WorkingDir: settings.workingDir }),
    ...(settings.stopSignal && { StopSignal: settings.stopSignal }),
  };
}

async function describe(file: string, mediaType: string): Promise<Descriptor> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return { mediaType, digest: `sha256:${hash.digest("hex")}`, size: (await stat(file)).size };
}

async function writeBlob(folder: string, mediaType: string, value: unknown): Promise<Descriptor> {
  const text = JSON.stringify(value);
  const digest = createHash("sha256").update(text).digest("hex");
  await writeFile(join(folder, digest), text);
  return { mediaType, digest: `sha256:${digest}`, size: Buffer.byteLength(text) };
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, `${JSON.stringify(value)}\n`);
}

function hex(descriptor: Descriptor): string {
  return descriptor.digest.replace("sha256:", "");
}

function blobPath(descriptor: Descriptor): string {
  return `blobs/sha256/${hex(descriptor)}`;
}
