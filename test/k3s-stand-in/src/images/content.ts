import { createHash, randomUUID } from "node:crypto";
import {
  closeSync,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createZstdDecompress } from "node:zlib";

/** A node's content store: blobs by digest, as containerd lays them out. */
export class ContentStore {
  readonly #blobs: string;
  readonly #ingest: string;

  constructor(containerdRoot: string) {
    const root = join(containerdRoot, "io.containerd.content.v1.content");
    this.#blobs = join(root, "blobs", "sha256");
    this.#ingest = join(root, "ingest");
  }

  path(digest: string): string {
    return join(this.#blobs, digest.replace(/^sha256:/, ""));
  }

  has(digest: string): boolean {
    return existsSync(this.path(digest));
  }

  /** Digests of all blobs. */
  list(): string[] {
    if (!existsSync(this.#blobs)) return [];
    return readdirSync(this.#blobs)
      .sort()
      .map((hex) => `sha256:${hex}`);
  }

  /** When a blob was written, in milliseconds since 1970. */
  writtenAt(digest: string): number {
    return statSync(this.path(digest)).mtimeMs;
  }

  size(digest: string): number {
    return statSync(this.path(digest)).size;
  }

  /** Streams a blob to disk; answers its digest and size, and whether it is new. Throws when it is not the one expected. */
  async write(
    source: Readable,
    expected?: string,
  ): Promise<{ digest: string; size: number; fresh: boolean }> {
    mkdirSync(this.#ingest, { recursive: true });
    mkdirSync(this.#blobs, { recursive: true });
    const file = join(this.#ingest, randomUUID());
    const hash = createHash("sha256");
    let size = 0;
    const tap = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        hash.update(chunk);
        size += chunk.length;
        done(null, chunk);
      },
    });
    try {
      await pipeline(source, tap, createWriteStream(file));
      const digest = `sha256:${hash.digest("hex")}`;
      if (expected && expected !== digest)
        throw new Error(
          `unexpected commit digest ${digest}, expected ${expected}: failed precondition`,
        );
      const fresh = !this.has(digest);
      if (fresh) renameSync(file, this.path(digest));
      return { digest, size, fresh };
    } finally {
      rmSync(file, { force: true });
    }
  }

  writeJson(value: unknown): { digest: string; size: number } {
    const text = JSON.stringify(value);
    const digest = `sha256:${createHash("sha256").update(text).digest("hex")}`;
    mkdirSync(this.#blobs, { recursive: true });
    writeFileSync(this.path(digest), text);
    return { digest, size: Buffer.byteLength(text) };
  }

  readJson<T>(digest: string): T {
    if (!this.has(digest)) throw missing(digest);
    return JSON.parse(readFileSync(this.path(digest), "utf8")) as T;
  }

  remove(digest: string): void {
    rmSync(this.path(digest), { force: true });
  }

  /** Digest of a layer's uncompressed content. */
  async diffId(digest: string): Promise<string> {
    const head = readFileHead(this.path(digest));
    const hash = createHash("sha256");
    const source = createReadStream(this.path(digest));
    const decompressor = decompressorFor(head);
    if (decompressor) await pipeline(source, decompressor, hash);
    else await pipeline(source, hash);
    return `sha256:${hash.digest("hex")}`;
  }

  isGzip(digest: string): boolean {
    const head = readFileHead(this.path(digest));
    return head[0] === 0x1f && head[1] === 0x8b;
  }
}

export function missing(digest: string): Error {
  return new Error(`content digest ${digest}: not found`);
}

function readFileHead(file: string): Buffer {
  const head = Buffer.alloc(4);
  const descriptor = openSync(file, "r");
  try {
    return head.subarray(0, readSync(descriptor, head, 0, 4, 0));
  } finally {
    closeSync(descriptor);
  }
}

/** The decompressor for data that starts like this; undefined for plain data. */
export function decompressorFor(head: Buffer): Transform | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return createGunzip();
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528) return createZstdDecompress();
  return undefined;
}
