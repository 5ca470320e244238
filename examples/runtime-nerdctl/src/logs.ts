import type { Readable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { LogEntry, LogOptions } from "@k3d/core/runtime";
import type { Cli } from "./cli.js";
import { failure } from "./failure.js";

const STAMP = /^(\d{4}-\d{2}-\d{2}T[\d:]+(?:\.\d+)?(?:Z|[+-][\d:]+)) /;
/** Lines that are held for the other stream before reading stops. */
const HELD_LINES = 1000;

interface TimedLine {
  /** As it is written, which sorts as it is within one zone. */
  time: string;
  line: string;
}

/** One of the two streams, cut into lines. */
class Lines {
  readonly queue: TimedLine[] = [];
  ended = false;
  #rest = "";

  constructor(
    private readonly stream: Readable,
    private readonly changed: () => void,
    private readonly other: (text: string) => void,
  ) {
    stream.setEncoding("utf8");
    stream.on("data", (chunk: string) => this.#add(chunk));
    const end = (): void => {
      if (this.ended) return;
      if (this.#rest !== "") this.#push(this.#rest);
      this.ended = true;
      changed();
    };
    stream.once("end", end).once("close", end).once("error", end);
  }

  take(): TimedLine | undefined {
    const line = this.queue.shift();
    if (this.queue.length < HELD_LINES / 2 && this.stream.isPaused()) this.stream.resume();
    return line;
  }

  #add(chunk: string): void {
    const lines = `${this.#rest}${chunk}`.split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#push(line);
    if (this.queue.length > HELD_LINES) this.stream.pause();
    if (lines.length > 0) this.changed();
  }

  #push(text: string): void {
    const time = STAMP.exec(text)?.[1];
    // What has no time is a complaint of the command itself.
    if (time === undefined) this.other(text);
    else this.queue.push({ time, line: whole(text.slice(time.length + 1)) });
  }
}

/** Docker keeps long lines in pieces of this many bytes, and tells the time of each within the line. */
const PIECE = 16_384;

function whole(text: string): string {
  const pieces: string[] = [];
  let rest = text;
  while (rest.length > PIECE) {
    pieces.push(rest.slice(0, PIECE));
    rest = rest.slice(PIECE).replace(STAMP, "");
  }
  return [...pieces, rest].join("");
}

/** The log of a container, oldest lines first; both streams in the order of their times. */
export async function* containerLogs(
  cli: Cli,
  id: string,
  { follow = false, since, tail, timestamps = false, signal }: LogOptions,
): AsyncGenerator<LogEntry, void, void> {
  if (follow && signal?.aborted) return;
  const args = [
    "logs",
    "--timestamps",
    ...(follow ? ["--follow"] : []),
    ...(since === undefined ? [] : [`--since=${since.toISOString()}`]),
    ...(tail === undefined ? [] : [`--tail=${tail}`]),
    id,
  ];
  const running = cli.stream(args, { signal });
  running.stdin.end();
  let wake = (): void => {};
  let complaint = "";
  const complain = (text: string): void => void (complaint = `${complaint}${text}\n`);
  const out = new Lines(running.stdout, () => wake(), complain);
  const err = new Lines(running.stderr, () => wake(), complain);
  const entry = (source: Lines): LogEntry => {
    const { time = "", line = "" } = source.take() ?? {};
    const stream = source === out ? "stdout" : "stderr";
    return timestamps ? { stream, line, timestamp: new Date(time) } : { stream, line };
  };
  try {
    for (;;) {
      const [first] = out.queue;
      const [second] = err.queue;
      if (first !== undefined && second !== undefined) {
        yield entry(first.time <= second.time ? out : err);
      } else if (first === undefined && second === undefined) {
        if (out.ended && err.ended) break;
        await new Promise<void>((resolve) => (wake = resolve));
      } else {
        const [full, empty] = first === undefined ? [err, out] : [out, err];
        // All that was logged before is in the other pipe already: one look tells.
        if (!empty.ended) {
          await nextTurn();
          await nextTurn();
        }
        if (empty.queue.length === 0) yield entry(full);
      }
    }
    const exitCode = await running.exitCode;
    if (exitCode !== 0)
      throw failure(
        { exitCode, stdout: "", stderr: complaint },
        { action: `read the log of container '${id}'` },
        [],
      );
  } catch (error) {
    if (follow && signal?.aborted) return;
    throw error;
  } finally {
    running.kill();
  }
}
