import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { throwIfAborted } from "../errors/index.js";
import { pause } from "./pause.js";

/** More than any text that k3d is given; a device may never end. */
const MAX_BYTES = 64 * 1024 * 1024;
/** Milliseconds between two looks at a pipe whose writer is not there yet, or slow. */
const PIPE_PAUSE_MS = 20;

/**
 * The text of a file, also of a pipe: its writer is waited for until the signal.
 *
 * @throws errors of the system as they are; `ABORTED`
 */
export async function readText(path: string, signal?: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  // Without O_NONBLOCK opening a pipe waits for its writer, and no signal ends that.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const isPipe = (await handle.stat()).isFIFO();
    // One with a name may be opened by its writer later; the end of another one is its end.
    const isNamed = isPipe && !(await realpath(path).catch(() => "pipe:")).includes("pipe:");
    const chunks: Buffer[] = [];
    let total = 0;
    for (;;) {
      throwIfAborted(signal);
      const chunk = await readChunk(handle);
      if (chunk === undefined || (chunk.length === 0 && isNamed && total === 0)) {
        await pause(PIPE_PAUSE_MS, signal);
        continue;
      }
      if (chunk.length === 0) return Buffer.concat(chunks).toString("utf8");
      total += chunk.length;
      if (total > MAX_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } finally {
    await handle.close();
  }
}

/** The text that comes by a stream, such as standard input. @throws errors of the system as they are */
export async function readStream(stream: AsyncIterable<unknown>): Promise<string> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk as Uint8Array);
    total += bytes.length;
    if (total > MAX_BYTES) throw tooLarge();
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const tooLarge = (): Error => new Error(`it is larger than ${MAX_BYTES / 1024 / 1024} MiB`);

/** What comes next, empty at the end; `undefined` when the writer has nothing yet. */
async function readChunk(handle: FileHandle): Promise<Buffer | undefined> {
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(64 * 1024));
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}
