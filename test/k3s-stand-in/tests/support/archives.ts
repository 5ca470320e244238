import { createHash } from "node:crypto";
import { pack } from "tar-stream";
import { hostPlatform, mediaTypes, type Descriptor } from "../../src/images/types.ts";

export function sha256(content: Buffer | string): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** Packs files into a tar, in the order given. */
export async function tar(files: [path: string, content: Buffer | string][]): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of files) archive.entry({ name }, content);
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface TestImage {
  config: Buffer;
  layers: Buffer[];
  manifest: Buffer;
  descriptor: Descriptor;
}

/** A small real image: layers are tars, the configuration names their digests. */
export async function image(
  marker: string,
  platform = hostPlatform(),
  layerSize = 2000,
): Promise<TestImage> {
  const layers = await Promise.all(
    ["base", marker].map((name) => tar([[`${name}.txt`, Buffer.alloc(layerSize, name)]])),
  );
  const config = Buffer.from(
    JSON.stringify({
      ...platform,
      config: {},
      rootfs: { type: "layers", diff_ids: layers.map(sha256) },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: sha256(config),
        size: config.length,
      },
      layers: layers.map((layer) => ({
        mediaType: "application/vnd.oci.image.layer.v1.tar",
        digest: sha256(layer),
        size: layer.length,
      })),
    }),
  );
  return {
    config,
    layers,
    manifest,
    descriptor: {
      mediaType: mediaTypes.ociManifest,
      digest: sha256(manifest),
      size: manifest.length,
      platform,
    },
  };
}

/** What `docker save` writes: `manifest.json` last, layers as `<id>/layer.tar`; null for an image saved by its id. */
export function dockerArchive(source: TestImage, tags: string[] | null): Promise<Buffer> {
  const configName = `${sha256(source.config).slice(7)}.json`;
  const layers = source.layers.map(
    (content, at) => [`layer${at}/layer.tar`, content] as [string, Buffer],
  );
  const manifest = [{ Config: configName, RepoTags: tags, Layers: layers.map(([name]) => name) }];
  return tar([
    [configName, source.config],
    ...layers,
    ["layer0/VERSION", "1.0"],
    ["manifest.json", JSON.stringify(manifest)],
  ]);
}

function blob(content: Buffer): [string, Buffer] {
  return [`blobs/sha256/${sha256(content).slice(7)}`, content];
}

/**
 * An OCI layout of one multi-platform image, with or without a name; `without` leaves the blobs of
 * some platforms out, `gone` single blobs.
 */
export function ociArchive(
  name: string | undefined,
  images: TestImage[],
  without: TestImage[] = [],
  gone: Buffer[] = [],
): Promise<Buffer> {
  const index = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: images.map(({ descriptor }) => descriptor),
    }),
  );
  const target: Descriptor = {
    mediaType: mediaTypes.ociIndex,
    digest: sha256(index),
    size: index.length,
    ...(name === undefined ? {} : { annotations: { "io.containerd.image.name": name } }),
  };
  const blobs = images
    .filter((each) => !without.includes(each))
    .flatMap(({ config, layers, manifest }) => [config, manifest, ...layers])
    .filter((content) => !gone.some((other) => other.equals(content)));
  const unique = [...new Map(blobs.map((content) => blob(content))).entries()];
  return tar([
    ["oci-layout", '{"imageLayoutVersion":"1.0.0"}'],
    ["index.json", JSON.stringify({ schemaVersion: 2, manifests: [target] })],
    blob(index),
    ...unique,
  ]);
}
