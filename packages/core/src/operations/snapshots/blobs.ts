import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdCompress, createZstdDecompress } from "node:zlib";
import { throwIfAborted } from "../../errors/index.js";
import { toNoSpace } from "./full-disk.js";
import { DIGEST, damagedSnapshot } from "./document.js";

/** A blob that was written. */
export interface WrittenBlob {
  digest: string;
  /** Bytes. */
  size: number;
  /** Bytes before they were compressed. */
  unpackedSize: number;
}

/** @throws `INVALID_INPUT` for what is no digest, and so could lead anywhere. */
export function blobPath(layout: string, digest: string): string {
  if (!DIGEST.test(digest))
    throw damagedSnapshot(basename(layout), "it names something that is not a digest");
  return join(layout, "blobs", "sha256", digest.replace("sha256:", ""));
}

/** Writes a stream, compressed with zstd, as a blob of a layout. */
export async function writeBlob(
  layout: string,
  content: Readable,
  signal: AbortSignal,
): Promise<WrittenBlob> {
  const temporary = join(layout, "blobs", "sha256", `.${randomUUID()}`);
  const plain = counter();
  const packed = counter();
  const hash = createHash("sha256");
  const file = await open(temporary, "wx", 0o600);
  try {
    await pipeline(
      content,
      plain.stream,
      createZstdCompress(),
      packed.stream,
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      file.createWriteStream(),
      { signal },
    );
    const digest = `sha256:${hash.digest("hex")}`;
    await rename(temporary, blobPath(layout, digest));
    return { digest, size: packed.bytes(), unpackedSize: plain.bytes() };
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw toNoSpace(error, layout);
  }
}

function counter(): { stream: Transform; bytes: () => number } {
  let bytes = 0;
  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { stream, bytes: () => bytes };
}

/** What a snapshot says of a blob of its data. */
export interface DeclaredBlob {
  digest: string;
  size: number;
  unpackedSize: number;
}

/**
 * The archive in a blob. Reading fails with `INVALID_INPUT` as soon as it is more or other than what
 * the snapshot says: what was packed small cannot fill a disk.
 *
 * @param source for messages: name of the snapshot.
 */
export function readBlob(layout: string, declared: DeclaredBlob, source: string): Readable {
  const damaged = (why: string): Error => damagedSnapshot(source, `${declared.digest} ${why}`);
  const hash = createHash("sha256");
  let packed = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      packed += chunk.length;
      hash.update(chunk);
      done(packed > declared.size ? damaged("is larger than declared") : null, chunk);
    },
    flush(done) {
      const isSame = `sha256:${hash.digest("hex")}` === declared.digest;
      done(isSame ? null : damaged("does not match its digest"));
    },
  });
  let unpacked = 0;
  const bound = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      unpacked += chunk.length;
      const isOver = unpacked > declared.unpackedSize;
      done(isOver ? damaged("unpacks to more than declared") : null, chunk);
    },
    flush(done) {
      done(unpacked === declared.unpackedSize ? null : damaged("is cut short"));
    },
  });
  const file = createReadStream(blobPath(layout, declared.digest));
  const unpack = createZstdDecompress();
  unpack.on("error", (error: NodeJS.ErrnoException) => {
    const isZstd = error.code?.includes("ZSTD") === true;
    bound.destroy(isZstd ? damaged("cannot be unpacked") : error);
  });
  // Its failure is the last stream's, which is told of above.
  pipeline(file, check, unpack).catch(() => {});
  bound.on("close", () => unpack.destroy());
  unpack.pipe(bound);
  return bound;
}

/**
 * Reads all blobs of a snapshot and compares them with their digests.
 *
 * @throws `INVALID_INPUT` for one that is damaged, `ABORTED`.
 */
export async function checkBlobs(layout: string, signal: AbortSignal): Promise<void> {
  const directory = join(layout, "blobs", "sha256");
  for (const name of await readdir(directory)) {
    const hash = createHash("sha256");
    await pipeline(createReadStream(join(directory, name)), hash, { signal }).catch(
      (error: unknown) => {
        throwIfAborted(signal);
        throw error;
      },
    );
    if (hash.digest("hex") !== name)
      throw damagedSnapshot(basename(layout), `sha256:${name} does not match its digest`);
  }
}

/**
 * Puts a blob that another snapshot has in the place of the one just written, so that its content is
 * on the disk once. Where the file system has no further names for a file, there are two.
 */
export async function shareBlobs(layout: string, others: readonly string[]): Promise<void> {
  const directory = join(layout, "blobs", "sha256");
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    const { size, ino } = await stat(path);
    for (const other of others) {
      const candidate = join(other, "blobs", "sha256", name);
      const known = await stat(candidate).catch(() => undefined);
      if (known === undefined || known.size !== size || known.ino === ino) continue;
      const temporary = `${path}.link`;
      try {
        await link(candidate, temporary);
        await rename(temporary, path);
      } catch {
        await rm(temporary, { force: true });
      }
      break;
    }
  }
}
