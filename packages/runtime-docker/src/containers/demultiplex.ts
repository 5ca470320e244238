import { PassThrough, type Readable } from "node:stream";

/** A piece of output of a container's process. */
export interface OutputPiece {
  stream: "stdout" | "stderr";
  data: Buffer;
  /** Whether a frame (for logs: one message) begins with this piece. */
  frameStart: boolean;
}

const HEADER_LENGTH = 8;
const STDERR = 2;

function isHeader(header: Buffer): boolean {
  return (header[0] as number) <= STDERR && header[1] === 0 && header[2] === 0 && header[3] === 0;
}

/**
 * Splits the engine's multiplexed stream: frames of an 8-byte header (stream
 * number, three zeros, big-endian length) and that many bytes. A frame is
 * passed on in the pieces it arrives in, so memory stays bounded whatever its
 * length. A stream without headers (a container with a terminal) is stdout.
 */
export async function* demultiplex(source: AsyncIterable<Buffer>): AsyncGenerator<OutputPiece> {
  let pending: Buffer = Buffer.alloc(0);
  let stream: OutputPiece["stream"] = "stdout";
  let left = 0;
  let frameStart = true;
  let raw: boolean | undefined;
  for await (const chunk of source) {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    while (pending.length > 0) {
      if (raw) {
        yield { stream: "stdout", data: pending, frameStart: false };
        pending = Buffer.alloc(0);
        break;
      }
      if (left === 0) {
        if (pending.length < HEADER_LENGTH) break;
        raw ??= !isHeader(pending);
        if (raw) continue;
        stream = pending[0] === STDERR ? "stderr" : "stdout";
        left = pending.readUInt32BE(4);
        pending = pending.subarray(HEADER_LENGTH);
        frameStart = true;
        continue;
      }
      const data = pending.subarray(0, left);
      pending = pending.subarray(data.length);
      left -= data.length;
      yield { stream, data, frameStart };
      frameStart = false;
    }
  }
  if (pending.length > 0) yield { stream: "stdout", data: pending, frameStart: false };
}

/** Resolves once `target` takes more, or never will. */
function room(target: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      target.off("drain", done).off("close", done);
      resolve();
    };
    target.on("drain", done).on("close", done);
  });
}

/**
 * Feeds stdout and stderr from a multiplexed stream. Reading stops while either
 * consumer is behind. Both end when the source ends and fail when it fails; a
 * failure that nobody listens for on them is told by `finished` alone.
 */
export function splitOutput(source: Readable): {
  stdout: Readable;
  stderr: Readable;
  finished: Promise<void>;
} {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  for (const output of [stdout, stderr]) output.on("error", () => undefined);
  const pump = async (): Promise<void> => {
    try {
      for await (const { stream, data } of demultiplex(source)) {
        const target = stream === "stdout" ? stdout : stderr;
        if (target.destroyed) continue;
        if (!target.write(data)) await room(target);
      }
      stdout.end();
      stderr.end();
    } catch (error) {
      stdout.destroy(error as Error);
      stderr.destroy(error as Error);
      throw error;
    }
  };
  return { stdout, stderr, finished: pump() };
}
