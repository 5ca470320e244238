import type { Readable } from "node:stream";

export async function readBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads a whole request or response body as UTF-8 text. */
export async function readBody(stream: Readable): Promise<string> {
  return (await readBytes(stream)).toString("utf8");
}
