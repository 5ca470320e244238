import type { Readable } from "node:stream";
import { abortError, isK3dError, K3dError } from "@k3d/core/runtime";

/**
 * Calls `onFailure` once when `source` fails or is closed before its end, also
 * when that is so already; the error is one of the caller's data, not of the
 * engine.
 *
 * @param what what cannot be done then, for the message.
 * @returns ends the watch.
 */
export function watchSource(
  source: Readable,
  what: string,
  onFailure: (error: K3dError) => void,
): () => void {
  const stop = (): void => {
    source.off("error", fail).off("close", onClose);
    // A failure after the watch concerns nobody here, and must not end the process.
    source.on("error", () => undefined);
  };
  const fail = (cause: Error): void => {
    stop();
    onFailure(sourceError(cause, what));
  };
  const onClose = (): void => {
    if (!source.readableEnded) fail(new Error("the data ended before it was complete"));
  };
  source.on("error", fail).on("close", onClose);
  if (source.errored) fail(source.errored);
  else if (source.destroyed) onClose();
  return stop;
}

function sourceError(cause: Error, what: string): K3dError {
  if (isK3dError(cause)) return cause;
  return new K3dError("INVALID_INPUT", `Cannot ${what}: ${cause.message}`, {
    hint: "Check the file or stream that the data is read from.",
    cause,
  });
}

/**
 * Runs a call that sends `source`, and ends it when the source fails.
 * Afterwards the source was read to its end, or is destroyed.
 *
 * @param what what is being done, for the message.
 * @param send gets a signal that also stands for the source's failure.
 * @throws `INVALID_INPUT` for a source that fails or closes early, or its own `K3dError`.
 */
export async function sending<T>(
  source: Readable,
  what: string,
  signal: AbortSignal | undefined,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const failed = new AbortController();
  const stop = watchSource(source, what, (error) =>
    failed.abort(signal?.aborted ? abortError(signal) : error),
  );
  try {
    return await send(
      signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]),
    );
  } finally {
    stop();
    if (!source.readableEnded) source.destroy();
  }
}
