import { once } from "node:events";
import { outputError } from "./write-result.js";

/** Whether somebody still reads the stream. */
export type Written = "written" | "gone";

/**
 * Writes and waits until there is room for more, so that a slow reader slows the command down instead
 * of filling memory. `gone` when the reader went away, as `head` does.
 *
 * @throws K3dError `NO_SPACE` on a full device, `INTERNAL` for other failures
 */
export async function writeOut(
  text: string,
  stream: NodeJS.WriteStream,
  signal?: AbortSignal,
): Promise<Written> {
  if (stream.destroyed || stream.errored) return reader(stream.errored);
  try {
    if (stream.write(text)) return "written";
    await once(stream, "drain", { signal });
    return "written";
  } catch (error) {
    if (signal?.aborted) return "gone";
    return reader(error as Error);
  }
}

function reader(error: NodeJS.ErrnoException | null | undefined): Written {
  const failure = error ? outputError(error) : undefined;
  if (failure !== undefined) throw failure;
  return "gone";
}
