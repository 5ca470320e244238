import type { Readable } from "node:stream";

/** Lets `use` read a stream, which is destroyed when that fails, and whose own failure is never left unhandled. */
export async function withSource<T>(source: Readable, use: () => Promise<T>): Promise<T> {
  const ignore = () => undefined;
  source.on("error", ignore);
  try {
    return await use();
  } catch (error) {
    source.destroy();
    throw error;
  }
}
