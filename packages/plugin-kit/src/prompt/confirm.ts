import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { throwIfAborted } from "@k3d/core";

export interface ConfirmOptions {
  input: Readable;
  output: Writable;
  signal: AbortSignal;
}

/**
 * Asks a question that is answered by `y` or `n`; anything but `y` or `yes`, and the end of the
 * input, mean no.
 *
 * @throws K3dError `ABORTED`
 */
export async function confirm(
  question: string,
  { input, output, signal }: ConfirmOptions,
): Promise<boolean> {
  const { createInterface } = await import("node:readline");
  throwIfAborted(signal);
  // Not as a terminal: that would take Ctrl-C away from the process.
  const lines = createInterface({ input, terminal: false });
  const done = new AbortController();
  const either = { signal: AbortSignal.any([signal, done.signal]) };
  try {
    output.write(`${question} [y/N] `);
    const line = once(lines, "line", either).then(([text]) => String(text));
    const end = once(lines, "close", either).then(() => "");
    line.catch(() => {});
    end.catch(() => {});
    return /^\s*y(?:es)?\s*$/i.test(await Promise.race([line, end]));
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  } finally {
    done.abort();
    lines.close();
  }
}
