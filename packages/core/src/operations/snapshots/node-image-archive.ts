import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { nodeStreamOf, quietly } from "../../runtime/index.js";
import {
  FILES,
  MEDIA_TYPES,
  type Descriptor,
  type ImageIndex,
  type ImageManifest,
} from "../images/archive/documents.js";
import { blobPath } from "./blobs.js";
import { SNAPSHOT_ARTIFACT, damagedSnapshot } from "./document.js";
import type { StoredSnapshot } from "./store.js";

/** A file of the inner archive: a document at hand, or a blob on the disk. */
type InnerFile = { name: string; size: number } & ({ content: Buffer } | { path: string });

const BLOCK = 512;

/**
 * The images of a snapshot as a tar of one file: an image archive at `path`, which k3s loads when it
 * starts. Nothing of it is held in memory.
 *
 * @throws `INVALID_INPUT` when the snapshot lacks a part of an image.
 */
export async function imageArchive(
  snapshot: StoredSnapshot,
  path: string,
): Promise<Readable | undefined> {
  const files = await innerFiles(snapshot);
  if (files === undefined) return undefined;
  const { pack } = await import("tar-stream");
  const inner = pack();
  const outer = pack();
  const output = nodeStreamOf(outer);
  // A header and full blocks for each file, and two empty blocks at the end: POSIX.1-2017, `pax`.
  const size = files.reduce(
    (sum, file) => sum + BLOCK + Math.ceil(file.size / BLOCK) * BLOCK,
    2 * BLOCK,
  );
  void (async () => {
    try {
      const entry = quietly(outer.entry({ name: path.slice(1), size, mode: 0o600 }));
      await Promise.all([pipeline(nodeStreamOf(inner), entry), fill(inner, files)]);
      outer.finalize();
    } catch (error) {
      inner.destroy(error as Error);
      output.destroy(error as Error);
    }
  })();
  return output;
}

async function fill(inner: import("tar-stream").Pack, files: readonly InnerFile[]): Promise<void> {
  for (const file of files) {
    const { name, size } = file;
    const entry = quietly(inner.entry({ name, size, mode: 0o644, mtime: new Date(0) }));
    if ("content" in file) entry.end(file.content);
    else await pipeline(createReadStream(file.path), entry);
  }
  inner.finalize();
}

/** `undefined` when the snapshot has no images. */
async function innerFiles({
  document,
  layout,
  index,
}: StoredSnapshot): Promise<InnerFile[] | undefined> {
  const manifests = index.manifests.filter(
    ({ artifactType }) => artifactType !== SNAPSHOT_ARTIFACT,
  );
  if (manifests.length === 0) return undefined;
  const digests = new Set<string>();
  for (const descriptor of manifests) await collect(layout, descriptor, digests, document.name);
  const json = (name: string, value: object): InnerFile => {
    const content = Buffer.from(JSON.stringify(value));
    return { name, size: content.length, content };
  };
  const blobs = await Promise.all(
    [...digests].map(async (digest): Promise<InnerFile> => {
      const path = blobPath(layout, digest);
      const found = await stat(path).catch(() => {
        throw damagedSnapshot(document.name, `it lacks blob ${digest}`);
      });
      return { name: `blobs/sha256/${digest.replace("sha256:", "")}`, size: found.size, path };
    }),
  );
  const own: ImageIndex = { schemaVersion: 2, mediaType: MEDIA_TYPES.ociIndex, manifests };
  return [json(FILES.layout, { imageLayoutVersion: "1.0.0" }), ...blobs, json(FILES.index, own)];
}

/** All that an image is made of: indexes name manifests, manifests name the rest. */
async function collect(
  layout: string,
  { digest }: Descriptor,
  into: Set<string>,
  source: string,
): Promise<void> {
  if (into.has(digest)) return;
  into.add(digest);
  const text = await readFile(blobPath(layout, digest), "utf8").catch(() => {
    throw damagedSnapshot(source, `it lacks manifest ${digest}`);
  });
  let document: Partial<ImageIndex & ImageManifest>;
  try {
    document = JSON.parse(text) as typeof document;
  } catch {
    throw damagedSnapshot(source, `manifest ${digest} is not valid JSON`);
  }
  for (const child of document.manifests ?? []) await collect(layout, child, into, source);
  for (const part of [document.config, ...(document.layers ?? [])])
    if (part !== undefined) into.add(part.digest);
}
