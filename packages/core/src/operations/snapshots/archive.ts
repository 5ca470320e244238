import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { K3dError, isK3dError, isSystemError } from "../../errors/index.js";
import { notRead, notWritten, writeLargeFile } from "../../files/index.js";
import { BlobDirectory } from "../bundles/blob-directory.js";
import { layoutArchive } from "../images/archive/directory.js";
import { FILES, type ImageIndex, type ImageManifest } from "../images/archive/documents.js";
import { readArchive } from "../images/archive/read.js";
import { tarStream } from "../images/archive/tar-stream.js";
import { blobPath } from "./blobs.js";
import { SNAPSHOT_ARTIFACT, parseSnapshotDocument } from "./document.js";
import { toNoSpace } from "./full-disk.js";
import { type SnapshotStore, type StoredSnapshot, writeIndex } from "./store.js";

const ELSEWHERE = "Free some space there, or write it to another disk.";

/** Writes a snapshot into one file, which is there when it is whole. @throws `INVALID_INPUT`, `NO_SPACE`. */
export async function exportSnapshot(
  { layout }: StoredSnapshot,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  const make = async (file: string): Promise<void> =>
    pipeline(await layoutArchive(layout), createWriteStream(file, { mode: 0o600 }), { signal });
  try {
    await writeLargeFile(path, make, { prefix: ".k3d-snapshot-", mode: 0o600, signal });
  } catch (error) {
    const known = toNoSpace(error, path, ELSEWHERE);
    if (known !== error || !isSystemError(error)) throw known;
    const hint = "Name a file in another directory.";
    throw notWritten(`${path} cannot be written`, error, { hint });
  }
}

/**
 * Takes a snapshot over from a file, after all of it was read and compared with its checksums.
 *
 * @param as its name here; the one that it has by default.
 * @throws `NOT_FOUND`, `INVALID_INPUT` (damaged, cut short, no snapshot, of a newer k3d),
 * `ALREADY_EXISTS`, `NO_SPACE`; nothing is kept then.
 */
export async function importSnapshot(
  path: string,
  as: string | undefined,
  store: SnapshotStore,
  signal: AbortSignal,
): Promise<StoredSnapshot> {
  const source = await opened(path);
  const layout = await store.begin();
  try {
    const name = await unpack(source, path, as, { store, layout, signal });
    return await store.publish(layout, name);
  } catch (error) {
    source.destroy();
    await store.discard(layout);
    throw isK3dError(error) ? error : toNoSpace(error, layout);
  }
}

async function opened(path: string): Promise<Readable> {
  const raw = createReadStream(path);
  try {
    return await tarStream(raw, path, noSnapshot);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EACCES" && code !== "EISDIR") throw error;
    const hint = "Name a file that was written with: k3d cluster snapshot export";
    throw notRead(`Snapshot file ${path}`, error, { hint });
  }
}

interface Unpacking {
  store: SnapshotStore;
  layout: string;
  signal: AbortSignal;
}

async function unpack(
  source: Readable,
  path: string,
  as: string | undefined,
  { store, layout, signal }: Unpacking,
): Promise<string> {
  const blobs = await BlobDirectory.in(layout);
  const contents = await readArchive(source, [blobs], { name: path, signal, canReopen: false });
  const top = contents.file(FILES.index);
  if (contents.file(FILES.layout) === undefined || top === undefined) throw noSnapshot(path);
  const index = contents.json<ImageIndex>(top.digest, FILES.index);
  const artifact = index.manifests?.find(({ artifactType }) => artifactType === SNAPSHOT_ARTIFACT);
  if (artifact === undefined) throw noSnapshot(path);
  const wanted = new Set<string>();
  const images = index.manifests.filter((descriptor) => descriptor !== artifact);
  const manifest = contents.json<ImageManifest>(artifact.digest, "manifest");
  const { digest: config } = manifest.config ?? {};
  const described = contents.json<object>(config ?? "", "description");
  const document = parseSnapshotDocument(JSON.stringify(described), path);
  const visit = (digest: string, isManifest: boolean): void => {
    if (!contents.has(digest)) throw contents.incomplete(`blob ${digest}`);
    if (wanted.has(digest)) return;
    wanted.add(digest);
    if (!isManifest) return;
    const inner = contents.json<Partial<ImageIndex & ImageManifest>>(digest, "manifest");
    for (const child of inner.manifests ?? []) visit(child.digest, true);
    for (const part of [inner.config, ...(inner.layers ?? [])])
      if (part !== undefined) visit(part.digest, false);
  };
  for (const { digest } of [artifact, ...images]) visit(digest, true);
  for (const { digest } of document.data) visit(digest, false);
  const name = as ?? document.name;
  await store.checkFree(name);
  const documents = [...contents.documents()].filter(([digest]) => wanted.has(digest));
  for (const [digest, content] of documents)
    await writeFile(blobPath(layout, digest), content, { mode: 0o600 });
  await dropOthers(layout, wanted);
  await writeIndex(layout, index);
  return name;
}

/** What nothing names would only take room. */
async function dropOthers(layout: string, wanted: ReadonlySet<string>): Promise<void> {
  for (const name of await readdir(join(layout, "blobs", "sha256")))
    if (!wanted.has(`sha256:${name}`)) await rm(join(layout, "blobs", "sha256", name));
}

function noSnapshot(path: string): K3dError {
  return new K3dError("INVALID_INPUT", `${path} is not a snapshot of a cluster`, {
    hint: "Write one with: k3d cluster snapshot export NAME -o FILE",
  });
}
