import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ImageStore } from "./image-store.ts";
import {
  hostPlatform,
  type Index,
  type Manifest,
  matchesPlatform,
  type StoredImage,
} from "./types.ts";

/** Streams images as an OCI layout that also has Docker's `manifest.json`. */
export async function exportArchive(
  store: ImageStore,
  images: StoredImage[],
  allPlatforms: boolean,
): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const tar = pack();
  const text = (name: string, value: unknown): void =>
    void tar.entry({ name }, JSON.stringify(value));
  const write = async (): Promise<void> => {
    text("oci-layout", { imageLayoutVersion: "1.0.0" });
    const done = new Set<string>();
    const blob = async (digest: string): Promise<void> => {
      if (done.has(digest)) return;
      done.add(digest);
      const entry = tar.entry({
        name: `blobs/sha256/${digest.slice(7)}`,
        size: store.content.size(digest),
      });
      await pipeline(createReadStream(store.content.path(digest)), entry);
    };
    const docker: Record<string, unknown>[] = [];
    for (const image of images) {
      for (const digest of manifestsOf(store, image.target.digest, allPlatforms)) {
        const manifest = store.content.readJson<Manifest>(digest);
        await blob(digest);
        for (const part of [manifest.config, ...manifest.layers]) await blob(part.digest);
        docker.push({
          Config: path(manifest.config.digest),
          RepoTags: [image.name],
          Layers: manifest.layers.map((layer) => path(layer.digest)),
        });
      }
      await blob(image.target.digest);
    }
    text("index.json", {
      schemaVersion: 2,
      manifests: images.map(({ name, target }) => ({
        ...target,
        annotations: {
          "io.containerd.image.name": name,
          "org.opencontainers.image.ref.name": name.replace(/^.*:/, ""),
        },
      })),
    });
    text("manifest.json", docker);
    tar.finalize();
  };
  write().catch((error: unknown) => tar.destroy(error as Error));
  return tar as unknown as Readable;
}

function path(digest: string): string {
  return `blobs/sha256/${digest.slice(7)}`;
}

function manifestsOf(store: ImageStore, digest: string, all: boolean): string[] {
  const document = store.content.readJson<Manifest | Index>(digest);
  if (!("manifests" in document)) return [digest];
  return document.manifests
    .filter((child) => all || matchesPlatform(child.platform, hostPlatform()))
    .flatMap((child) => manifestsOf(store, child.digest, all));
}
