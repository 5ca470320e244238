import type { Readable } from "node:stream";
import { abortError } from "@k3d/core";

/** `work`, or `ABORTED` as soon as the signal aborts; what `work` comes to is then dropped. */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(abortError(signal));
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

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
