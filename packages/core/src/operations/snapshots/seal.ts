import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { MEDIA_TYPES, type Descriptor, type ImageManifest } from "../images/archive/documents.js";
import { blobPath } from "./blobs.js";
import {
  SNAPSHOT_ARTIFACT,
  SNAPSHOT_CONFIG,
  SNAPSHOT_DATA,
  type SnapshotDocument,
} from "./document.js";
import { toNoSpace } from "./full-disk.js";
import { writeIndex } from "./store.js";

/**
 * Writes what makes a snapshot of a layout whose blobs are there: description, manifest, index.
 *
 * @param images what the index says of the images in it.
 */
export async function sealSnapshot(
  layout: string,
  document: SnapshotDocument,
  images: readonly Descriptor[],
): Promise<void> {
  const add = async (value: object, mediaType: string): Promise<Descriptor> => {
    const content = Buffer.from(JSON.stringify(value));
    const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
    await writeFile(blobPath(layout, digest), content, { mode: 0o600 }).catch((error: unknown) => {
      throw toNoSpace(error, layout);
    });
    return { mediaType, digest, size: content.length };
  };
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    artifactType: SNAPSHOT_ARTIFACT,
    config: await add(document, SNAPSHOT_CONFIG),
    layers: document.data.map(({ digest, size }) => ({ mediaType: SNAPSHOT_DATA, digest, size })),
  };
  const artifact = {
    ...(await add(manifest, MEDIA_TYPES.ociManifest)),
    artifactType: SNAPSHOT_ARTIFACT,
  };
  await writeIndex(layout, {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
    manifests: [artifact, ...images],
  });
}
