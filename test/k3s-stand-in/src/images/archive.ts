import { messageOf } from "../errors.ts";
import { PassThrough, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { decompressorFor, type ContentStore } from "./content.ts";

/** Digest and size of every file in an archive, by its path; links resolved. */
export type ArchiveFiles = Map<string, { digest: string; size: number }>;

/** Reads the first bytes of a stream without losing them. */
async function withHead(source: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < 4) {
    const next = await iterator.next();
    if (next.done) break;
    chunks.push(next.value);
    length += next.value.length;
  }
  const whole = new PassThrough();
  const rest = async function* (): AsyncGenerator<Buffer> {
    yield* chunks;
    for (let next = await iterator.next(); !next.done; next = await iterator.next())
      yield next.value;
  };
  pipeline(rest(), whole).catch((error: unknown) => whole.destroy(error as Error));
  return { head: Buffer.concat(chunks).subarray(0, 4), whole };
}

function clean(path: string): string {
  return path.replace(/^(\.?\/)+/, "");
}

function resolveLink(path: string, target: string): string {
  const parts = target.startsWith("/") ? [] : path.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}

/**
 * Streams an image archive, plain or compressed, into the content store, and
 * adds blobs that were not there before to `fresh`. A blob whose content is not
 * what its path says is refused.
 */
export async function readArchive(
  source: Readable,
  content: ContentStore,
  fresh: Set<string>,
): Promise<ArchiveFiles> {
  try {
    return await readEntries(source, content, fresh);
  } catch (error) {
    const message = messageOf(error);
    if (/end of (data|file)|premature close/i.test(message))
      throw new Error("unexpected EOF", { cause: error });
    if (/invalid tar/i.test(message))
      throw new Error("archive/tar: invalid tar header", { cause: error });
    throw error;
  }
}

async function readEntries(
  source: Readable,
  content: ContentStore,
  fresh: Set<string>,
): Promise<ArchiveFiles> {
  const { extract } = await import("tar-stream");
  const files: ArchiveFiles = new Map();
  const links: [path: string, target: string][] = [];
  const { head, whole } = await withHead(source);
  const unpack = extract();
  const decompressor = decompressorFor(head);
  const fed = (
    decompressor ? pipeline(whole, decompressor, unpack) : pipeline(whole, unpack)
  ).catch((error: unknown) => unpack.destroy(error as Error));
  for await (const entry of unpack) {
    const path = clean(entry.header.name);
    const { type } = entry.header;
    if (type === "file" || type === "contiguous-file") {
      const expected = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(path)?.[1];
      const written = await content.write(
        entry as unknown as Readable,
        expected && `sha256:${expected}`,
      );
      if (written.fresh) fresh.add(written.digest);
      files.set(path, { digest: written.digest, size: written.size });
    } else {
      const target = String(entry.header.linkname ?? "");
      if (type === "symlink") links.push([path, resolveLink(path, target)]);
      if (type === "link") links.push([path, clean(target)]);
      entry.resume();
    }
  }
  await fed;
  if (files.size === 0) throw new Error("unrecognized image format");
  for (const [path, target] of links) {
    const file = files.get(target);
    if (file) files.set(path, file);
  }
  return files;
}
