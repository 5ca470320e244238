import type { Clock } from "@k3d/core";
import type { Painter } from "./painter.js";
import { printable } from "../output/printable.js";
import { writeOut } from "../output/write-out.js";

export interface WatchOptions<T> {
  /** The state now. */
  look: () => Promise<T>;
  /** What is printed of a state: all of it where `before` is `undefined`, else what is new. */
  print: (state: T, before: T | undefined) => Promise<string> | string;
  stream: NodeJS.WriteStream;
  /** Repaints on a terminal; absent: what is new is printed below. */
  painter?: Painter | undefined;
  clock: Clock;
  /** Ends the watch. */
  signal: AbortSignal;
}

/** Milliseconds between two looks: no contract of an engine tells of changes. */
export const WATCH_PAUSE_MS = 1000;

/** Shows a state again and again until the signal or a reader that goes away ends it. */
export async function watch<T>(options: WatchOptions<T>): Promise<void> {
  const { look, print, stream, painter, clock, signal } = options;
  let before: T | undefined;
  try {
    while (!signal.aborted) {
      const state = await look();
      const text = printable(await print(state, painter === undefined ? before : undefined));
      before = state;
      if (painter !== undefined) painter.paint(text.split("\n"));
      else if (text !== "" && (await writeOut(`${text}\n`, stream, signal)) === "gone") return;
      await clock.sleep(WATCH_PAUSE_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    painter?.clear();
  }
}
