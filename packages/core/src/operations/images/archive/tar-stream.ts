import { pipeline, Readable } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { K3dError } from "../../../errors/index.js";

/** Size of a tar header, and where it says that it is one: POSIX.1-2017, `pax`, "ustar Interchange Format". */
const TAR_HEADER = 512;
const TAR_MAGIC = { at: 257, text: "ustar" };

/** What compressed data begins with. */
const COMPRESSIONS = [
  { name: "gzip", magic: Buffer.from("1f8b", "hex"), open: createGunzip },
  { name: "zstd", magic: Buffer.from("28b52ffd", "hex"), open: createZstdDecompress },
  { name: "xz", magic: Buffer.from("fd377a585a00", "hex") },
  { name: "bzip2", magic: Buffer.from("BZh") },
] as const;

/**
 * The tar archive in a stream that may be compressed.
 *
 * @param none what is thrown when there is no archive, e.g. for one that is more than images.
 * @throws `INVALID_INPUT` when it is none; the stream is then destroyed.
 */
export async function tarStream(
  raw: Readable,
  name: string,
  none: (name: string) => K3dError = noArchive,
): Promise<Readable> {
  try {
    const { head, stream } = await peek(raw, TAR_HEADER);
    if (head.length === 0) {
      const { hint } = none(name);
      throw new K3dError("INVALID_INPUT", `Archive ${name} is empty`, { hint });
    }
    const plain = decompress(stream, head, name);
    const tar = plain === stream ? { head, stream } : await peek(plain, TAR_HEADER);
    if (!isTar(tar.head)) throw none(name);
    return tar.stream;
  } catch (error) {
    raw.destroy();
    throw archiveError(error, name);
  }
}

/** What reading an archive failed with, in words of ours where it is the archive's fault. */
export function archiveError(error: unknown, name: string): unknown {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string" || !/^(?:Z_|ZSTD_|ERR_ZSTD)/.test(code)) return error;
  return new K3dError("INVALID_INPUT", `Archive ${name} is damaged: ${(error as Error).message}`, {
    cause: error,
  });
}

function decompress(raw: Readable, head: Buffer, name: string): Readable {
  const compression = COMPRESSIONS.find(({ magic }) =>
    head.subarray(0, magic.length).equals(magic),
  );
  if (compression === undefined) return raw;
  if (!("open" in compression)) {
    throw new K3dError("INVALID_INPUT", `Archive ${name} is compressed with ${compression.name}`, {
      hint: "Unpack it first; gzip and zstd can be read as they are.",
    });
  }
  const plain = compression.open();
  // A failure is passed on to `plain`, whose reader tells it.
  pipeline(raw, plain, () => {});
  return plain;
}

function isTar(head: Buffer): boolean {
  const { at, text } = TAR_MAGIC;
  return (
    head.length >= TAR_HEADER && head.subarray(at, at + text.length).toString("latin1") === text
  );
}

function noArchive(name: string): K3dError {
  return new K3dError("INVALID_INPUT", `${name} is not an image archive`, {
    hint: "Write one with the engine's save command, e.g. docker save --output FILE IMAGE",
  });
}

/** The first bytes of a stream, fewer where it is shorter, and the whole stream to be read instead of it. */
async function peek(source: Readable, length: number): Promise<{ head: Buffer; stream: Readable }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of source.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.length;
    if (size >= length) break;
  }
  const head = Buffer.concat(chunks);
  if (size < length) return { head, stream: Readable.from(chunks, { objectMode: false }) };
  source.unshift(head);
  return { head, stream: source };
}
