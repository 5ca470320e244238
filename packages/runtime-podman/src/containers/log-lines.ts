import type { Readable } from "node:stream";

/** A moment to the nanosecond, as podman writes it: milliseconds alone cannot order lines. */
export interface LogMoment {
  /** Milliseconds since 1970, whole seconds. */
  seconds: number;
  nanoseconds: number;
}

export interface TimedLine {
  moment: LogMoment;
  line: string;
}

const STAMP = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2}) /y;
/** One that is not at the very beginning: an empty piece is none. */
const INNER_STAMP =
  /(?<!^)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2}) /g;
const BEGINNING: LogMoment = { seconds: 0, nanoseconds: 0 };

/**
 * Reads a line of `podman logs --timestamps`.
 *
 * The container's monitor reads in pieces, and podman puts a time before each
 * piece of a long or slowly written line, also in its middle. Those are taken
 * out: they are as exact as the line's own time and as late or later, which a
 * time that the process itself wrote is not. (A remote podman tells whole
 * seconds only, so there a process may have written one within the second.)
 */
export function parseLogLine(text: string): TimedLine {
  const first = stampAt(text, 0);
  if (first === undefined) return { moment: BEGINNING, line: text };
  const rest = text.slice(first.end);
  const line = rest.replaceAll(INNER_STAMP, (stamp) => {
    const inner = stampAt(stamp, 0);
    const isPodmans =
      inner !== undefined &&
      inner.exact === first.exact &&
      compareMoments(inner.moment, first.moment) >= 0;
    return isPodmans ? "" : stamp;
  });
  return { moment: first.moment, line };
}

export function compareMoments(one: LogMoment, other: LogMoment): number {
  return one.seconds - other.seconds || one.nanoseconds - other.nanoseconds;
}

export function toDate({ seconds, nanoseconds }: LogMoment): Date {
  return new Date(seconds + Math.floor(nanoseconds / 1e6));
}

interface Stamp {
  moment: LogMoment;
  /** With a fraction of a second. */
  exact: boolean;
  /** Index of what follows. */
  end: number;
}

function stampAt(text: string, index: number): Stamp | undefined {
  STAMP.lastIndex = index;
  const match = STAMP.exec(text);
  if (match === null) return undefined;
  const [all, seconds = "", fraction = "", zone = "Z"] = match;
  return {
    moment: {
      seconds: Date.parse(`${seconds}${zone}`),
      nanoseconds: Number(fraction.padEnd(9, "0")),
    },
    exact: fraction !== "",
    end: index + all.length,
  };
}

/** Characters that a source holds back for its consumer before it stops reading. */
const HIGH_WATER = 512 * 1024;

/** Lines of a stream as they come, with a bounded number of them kept. */
export class LineSource {
  readonly #stream: Readable;
  readonly #changed: () => void;
  #queue: TimedLine[] = [];
  #next = 0;
  #held = 0;
  #rest = "";
  ended = false;

  /** @param changed called when lines came or the stream ended. */
  constructor(stream: Readable, changed: () => void) {
    this.#stream = stream;
    this.#changed = changed;
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => this.#add(chunk));
    stream.once("close", () => this.#end());
    stream.once("end", () => this.#end());
  }

  get length(): number {
    return this.#queue.length - this.#next;
  }

  get head(): TimedLine | undefined {
    return this.#queue[this.#next];
  }

  shift(): TimedLine | undefined {
    const line = this.#queue[this.#next];
    if (line === undefined) return undefined;
    this.#next += 1;
    this.#held -= line.line.length;
    if (this.#next === this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    if (this.#held < HIGH_WATER / 2 && this.#stream.isPaused()) this.#stream.resume();
    return line;
  }

  #add(chunk: string): void {
    const lines = `${this.#rest}${chunk}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#push(line);
    if (this.#held > HIGH_WATER) this.#stream.pause();
    if (lines.length > 0) this.#changed();
  }

  #push(line: string): void {
    const parsed = parseLogLine(line);
    this.#queue.push(parsed);
    this.#held += parsed.line.length;
  }

  #end(): void {
    if (this.ended) return;
    if (this.#rest !== "") this.#push(this.#rest);
    this.#rest = "";
    this.ended = true;
    this.#changed();
  }
}
