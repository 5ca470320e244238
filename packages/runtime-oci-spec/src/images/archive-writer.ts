import type { Readable } from "node:stream";
import { nodeStreamOf, quietly } from "@k3d/core/runtime";
import { translate } from "../host/edge.ts";
import type { ImageStore, StoredImage } from "./image-store.ts";

/**
 * A docker-archive of images: `manifest.json`, configurations and layers.
 *
 * Layers stay compressed as they are in the store, which Docker, Podman and
 * containerd read; so they are neither unpacked nor buffered.
 */
export async function writeDockerArchive(
  store: ImageStore,
  images: { image: StoredImage; references: string[] }[],
): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const fill = async () => {
    const index = images.map(({ image, references }) => ({
      Config: `${hex(image.id)}.json`,
      RepoTags: references,
      Layers: image.manifest.layers.map(({ digest }) => layerName(digest)),
    }));
    quietly(archive.entry({ name: "manifest.json" }, JSON.stringify(index)));
    const written = new Set<string>();
    for (const { image } of images) {
      await addBlob(image.id, `${hex(image.id)}.json`, written);
      for (const { digest } of image.manifest.layers)
        await addBlob(digest, layerName(digest), written);
    }
    archive.finalize();
  };
  const addBlob = async (digest: string, name: string, written: Set<string>) => {
    if (written.has(name)) return;
    written.add(name);
    const size = await store.layout.blobSize(digest);
    await new Promise<void>((resolve, reject) => {
      const entry = quietly(
        archive.entry({ name, size }, (error) => (error ? reject(error) : resolve())),
      );
      const blob = store.layout.openBlob(digest);
      blob.on("error", reject);
      blob.pipe(entry);
    });
  };
  fill().catch((error: unknown) =>
    archive.destroy(
      translate(error, `image save of ${images.map(({ image }) => image.id).join(", ")}`) as Error,
    ),
  );
  return nodeStreamOf(archive);
}

function hex(digest: string): string {
  return digest.replace("sha256:", "");
}

function layerName(digest: string): string {
  return `${hex(digest)}.tar`;
}
