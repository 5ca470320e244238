import { once } from "node:events";

/** Whether somebody still reads the stream. */
export type Written = "written" | "gone";

/**
 * Writes and waits until there is room for more, so that a slow reader slows the command down instead
 * of filling memory. `gone` when the reader went away, as `head` does.
 *
 * @throws the stream's error when it cannot be written for another reason, e.g. a full disk
 */
export async function writeOut(
  text: string,
  stream: NodeJS.WriteStream,
  signal?: AbortSignal,
): Promise<Written> {
  if (stream.destroyed || stream.errored) return reader(stream.errored);
  if (stream.write(text)) return "written";
  try {
    await once(stream, "drain", { signal });
    return "written";
  } catch (error) {
    if (signal?.aborted) return "gone";
    return reader(error as Error);
  }
}

function reader(error: NodeJS.ErrnoException | null | undefined): Written {
  if (error && error.code !== "EPIPE") throw error;
  return "gone";
}
