import type { Readable } from "node:stream";
import { abortError } from "../errors/index.js";
import { quietly } from "./quietly.js";

/**
 * Ends `stream` with the error that `signal` stands for when it aborts before
 * the stream has ended. A stream that nobody reads any more ends quietly.
 */
export function untilAborted<S extends Readable>(stream: S, signal: AbortSignal | undefined): S {
  if (signal === undefined) return stream;
  const onAbort = (): void => void stream.destroy(abortError(signal));
  quietly(stream);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  stream.once("close", () => signal.removeEventListener("abort", onAbort));
  return stream;
}
