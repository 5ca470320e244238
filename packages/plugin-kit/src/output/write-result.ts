import { K3dError } from "@k3d/core";

/**
 * Writes a result to standard output, or what stands for it. A reader that went away (`| head`) had
 * enough of it, which is no failure.
 *
 * @throws K3dError `NO_SPACE` on a full device, `INTERNAL` for other failures; those of a pipe come
 * later, see {@link lostOutput}
 */
export function writeResult(text: string, stdout: { write(text: string): unknown }): void {
  try {
    stdout.write(text);
  } catch (error) {
    const failure = outputError(error);
    if (failure !== undefined) throw failure;
  }
}

/** Why a stream did not take what was written to it; `undefined` when it did, or nobody reads it any more. */
export function lostOutput(stream: { errored?: Error | null }): K3dError | undefined {
  return stream.errored ? outputError(stream.errored) : undefined;
}

/** What a write failed with; `undefined` where the reader went away. */
export function outputError(cause: unknown): K3dError | undefined {
  const { code, message } = cause as NodeJS.ErrnoException;
  if (code === "EPIPE" || code === "ERR_STREAM_DESTROYED") return undefined;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new K3dError("NO_SPACE", "The result cannot be written: no space is left there", {
      hint: "What the command did is done; free some space and ask for the result again.",
      cause,
    });
  }
  return new K3dError("INTERNAL", `The result cannot be written: ${message}`, { cause });
}
