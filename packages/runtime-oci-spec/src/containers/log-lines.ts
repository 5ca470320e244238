import type { LogEntry } from "@k3d/core/runtime";

export interface RawLogEntry extends LogEntry {
  timestamp: Date;
}

/**
 * Reads conmon's log format, in which each line is `TIME STREAM TAG TEXT`, the
 * tag being `F` for a full line and `P` for a part of a long one.
 */
export class LogLineParser {
  readonly #parts = new Map<string, string>();

  /** The entry that a line of the file completes; `undefined` for a part, or for what is no such line. */
  parse(line: string): RawLogEntry | undefined {
    const match = /^(\S+) (stdout|stderr) ([FP]) ?(.*)$/s.exec(line);
    if (!match) return undefined;
    const [, time = "", stream = "stdout", tag, text = ""] = match;
    const whole = (this.#parts.get(stream) ?? "") + text;
    if (tag === "P") {
      this.#parts.set(stream, whole);
      return undefined;
    }
    this.#parts.delete(stream);
    return {
      stream: stream === "stderr" ? "stderr" : "stdout",
      line: whole,
      timestamp: parseTime(time),
    };
  }

  /** What is left of lines that were never completed, once the container has ended. */
  rest(): RawLogEntry[] {
    const rest = [...this.#parts].map(([stream, line]): RawLogEntry => ({
      stream: stream === "stderr" ? "stderr" : "stdout",
      line,
      timestamp: new Date(),
    }));
    this.#parts.clear();
    return rest;
  }
}

/** Nanoseconds are cut off: a Date has milliseconds. */
function parseTime(text: string): Date {
  return new Date(text.replace(/(\.\d{3})\d*/, "$1"));
}
