import { setImmediate as nextTurn } from "node:timers/promises";
import type { Readable } from "node:stream";
import type { LogEntry } from "@k3d/core/runtime";
import { compareMoments, LineSource, type TimedLine } from "./log-lines.js";

export interface MergedLine extends TimedLine {
  stream: LogEntry["stream"];
}

/**
 * The lines of both streams of `podman logs`, in the order of their times.
 *
 * Podman writes lines one after the other, each to its own stream. So once a
 * line was read, all that was logged before it is in the pipes already: when
 * the other stream had nothing for a whole turn of the event loop, nothing
 * earlier can come from there, and the line may go on without waiting.
 *
 * @returns them in batches of what is there, because a turn for each line would cost more than the line.
 */
export async function* mergeLines(
  stdout: Readable,
  stderr: Readable,
): AsyncGenerator<MergedLine[], void, void> {
  let wake = (): void => undefined;
  const changed = (): void => wake();
  const out = new LineSource(stdout, changed);
  const err = new LineSource(stderr, changed);
  for (;;) {
    if (out.length === 0 && err.length === 0) {
      if (out.ended && err.ended) return;
      await new Promise<void>((resolve) => (wake = resolve));
      continue;
    }
    const [full, empty] = out.length > 0 ? [out, err] : [err, out];
    // One count for many lines: what had been read before the turn began is settled by it.
    const settled = full.length;
    if (empty.length === 0 && !empty.ended) {
      // The turn that delivered the line may have looked at the other pipe before; the next has not.
      await nextTurn();
      await nextTurn();
    }
    const batch: MergedLine[] = [];
    if (empty.length === 0) {
      while (batch.length < settled) batch.push(merged(full, full === out));
    }
    while (out.length > 0 && err.length > 0) batch.push(merged(...earliest(out, err)));
    yield batch;
  }
}

function earliest(out: LineSource, err: LineSource): [LineSource, boolean] {
  const outFirst =
    out.head !== undefined && err.head !== undefined
      ? compareMoments(out.head.moment, err.head.moment) <= 0
      : out.head !== undefined;
  return outFirst ? [out, true] : [err, false];
}

function merged(source: LineSource, isStdout: boolean): MergedLine {
  const line = source.shift();
  if (line === undefined) throw new TypeError("no line is there");
  return { ...line, stream: isStdout ? "stdout" : "stderr" };
}
