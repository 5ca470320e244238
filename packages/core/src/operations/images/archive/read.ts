import { createHash, randomUUID } from "node:crypto";
import { posix } from "node:path";
import { addAbortSignal, type Readable } from "node:stream";
import { isK3dError, K3dError, throwIfAborted } from "../../../errors/index.js";
import { ArchiveContents, type Compression } from "./contents.js";
import type { ArchiveReceiver } from "./receiver.js";
import { archiveError } from "./tar-stream.js";

/** Larger files are layers, whatever they begin with. Bytes. */
const MAX_DOCUMENT = 8_388_608;
/** Files of unknown digest up to this size are held until their digest is known. Bytes. */
const MAX_HELD = 1_048_576;
/** Paths that say what the content is: of OCI layouts, and of docker-archives that Podman writes. */
const DIGEST_IN_PATH = /^(?:blobs\/sha256\/)?([0-9a-f]{64})(?:\.tar)?$/;
const BLOB_PATH = /^blobs\/sha256\/([0-9a-f]{64})$/;

export interface ReadArchiveOptions {
  /** For messages. */
  name: string;
  signal: AbortSignal;
  /**
   * The archive can be read again. Then files that are, by their size, probably there already are not
   * sent, and {@link resend} makes good for a wrong guess.
   */
  canReopen: boolean;
}

/**
 * Reads an archive once, and writes its layers to the sinks that lack them, at the pace of the
 * slowest. A sink that is over is left out. Documents are kept, not written.
 *
 * @throws `INVALID_INPUT` (damaged, cut short), `ABORTED`, and what the source fails with.
 */
export async function readArchive(
  source: Readable,
  sinks: readonly ArchiveReceiver[],
  { name, signal, canReopen }: ReadArchiveOptions,
): Promise<ArchiveContents> {
  const contents = new ArchiveContents(name);
  // containerd resumes unfinished writes by the name in the archive: one that comes twice must
  // stand for the same content.
  const prefix = randomUUID();
  let count = 0;
  await eachFile(source, name, signal, async (path, size, content, link) => {
    if (link !== undefined) return contents.addLink(path, link);
    const { head, chunks: all } = await withHead(content);
    let chunks = all;
    if (size <= MAX_DOCUMENT && /^[{[]/.test(head.toString("latin1", 0, 1))) {
      const file = contents.addDocument(Buffer.concat(await collect(chunks)), path);
      checkBlob(contents, path, file.digest);
      return;
    }
    const hex = DIGEST_IN_PATH.exec(path)?.[1];
    let expected = hex === undefined ? undefined : `sha256:${hex}`;
    const mayBeThere = sinks.some((sink) => sink.canSpare(size, undefined, true));
    if (expected === undefined && size <= MAX_HELD && mayBeThere) {
      const held = Buffer.concat(await collect(chunks));
      expected = `sha256:${createHash("sha256").update(held).digest("hex")}`;
      chunks = only(held);
    }
    const bySize = canReopen && size > MAX_HELD;
    const sparing = new Set(sinks.filter((sink) => sink.canSpare(size, expected, bySize)));
    const targets = sinks.filter((sink) => !sparing.has(sink) && !sink.isOver);
    const entry = hex === undefined ? `${prefix}/${count++}` : `blobs/sha256/${hex}`;
    for (const sink of targets) sink.begin(entry, size);
    const hash = createHash("sha256");
    for await (const chunk of chunks) {
      hash.update(chunk);
      await Promise.all(targets.map((sink) => sink.write(chunk)));
    }
    await Promise.all(targets.map((sink) => sink.end()));
    const digest = `sha256:${hash.digest("hex")}`;
    checkBlob(contents, path, digest);
    contents.add(path, { digest, size, compression: compressionOf(head) });
    for (const sink of sparing) {
      if (sink.present.has(digest)) sink.spare(size);
      else sink.missing.add(digest);
    }
  });
  return contents;
}

/** Reads the archive again, for what sinks turned out to lack. */
export async function resend(
  source: Readable,
  sinks: readonly ArchiveReceiver[],
  contents: ArchiveContents,
  signal: AbortSignal,
): Promise<void> {
  await eachFile(source, contents.name, signal, async (path, size, content) => {
    const digest = contents.file(path)?.digest ?? "";
    const targets = sinks.filter((sink) => sink.missing.delete(digest));
    for (const sink of targets) sink.begin(`blobs/sha256/${digest.replace("sha256:", "")}`, size);
    for await (const chunk of content) {
      await Promise.all(targets.map((sink) => sink.write(chunk)));
    }
    await Promise.all(targets.map((sink) => sink.end()));
  });
}

type Chunks = AsyncIterable<Buffer>;

async function eachFile(
  source: Readable,
  name: string,
  signal: AbortSignal,
  visit: (path: string, size: number, content: Chunks, link?: string) => Promise<void>,
): Promise<void> {
  const { extract } = await import("tar-stream");
  throwIfAborted(signal);
  const extraction = extract();
  source.on("error", (error) => extraction.destroy(error));
  source.on("close", () => {
    if (!source.readableEnded) extraction.destroy(new Error("Unexpected end of data"));
  });
  // Of one that is destroyed already no event comes any more.
  if (source.destroyed) extraction.destroy(source.errored ?? new Error("Unexpected end of data"));
  else addAbortSignal(signal, source).pipe(extraction);
  try {
    for await (const entry of extraction) {
      const path = clean(entry.header.name);
      const { type, linkname, size = 0 } = entry.header;
      if (type === "file" || type === "contiguous-file") {
        await visit(path, size, entry as unknown as Chunks);
      } else if (type === "symlink" || type === "link") {
        const target = linkname ?? "";
        const directory = type === "link" ? "" : posix.dirname(path);
        await visit(path, 0, nothing(), clean(posix.join(directory, target)));
      }
      entry.resume();
    }
  } catch (error) {
    throwIfAborted(signal);
    throw readError(error, name);
  } finally {
    source.destroy();
  }
}

function readError(error: unknown, name: string): unknown {
  if (isK3dError(error)) return error;
  const message = (error as Error).message ?? "";
  if (/unexpected end of data|premature close|writable stream closed/i.test(message)) {
    return new K3dError("INVALID_INPUT", `Archive ${name} is cut short`, {
      hint: "Write it again, and make sure that the disk has room for it.",
      cause: error,
    });
  }
  if (/invalid tar/i.test(message)) {
    return new K3dError("INVALID_INPUT", `Archive ${name} is damaged: ${message}`, {
      hint: "Write it again.",
      cause: error,
    });
  }
  return archiveError(error, name);
}

function checkBlob(contents: ArchiveContents, path: string, digest: string): void {
  const hex = BLOB_PATH.exec(path)?.[1];
  if (hex === undefined || digest === `sha256:${hex}`) return;
  throw contents.damaged(`blob sha256:${hex} does not match its digest`);
}

function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  return head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528 ? "zstd" : "none";
}

function clean(path: string): string {
  return path.replace(/^(?:\.?\/)+/, "");
}

async function* nothing(): Chunks {}

async function* only(chunk: Buffer): Chunks {
  yield chunk;
}

/** The first bytes, at least four unless it is shorter, and all of it. */
async function withHead(content: Chunks): Promise<{ head: Buffer; chunks: Chunks }> {
  const iterator = content[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done === true) break;
    first.push(next.value);
    length += next.value.length;
  }
  const rest = { [Symbol.asyncIterator]: () => iterator };
  return {
    head: Buffer.concat(first),
    chunks: (async function* () {
      yield* first;
      yield* rest;
    })(),
  };
}

async function collect(chunks: Chunks): Promise<Buffer[]> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return all;
}
