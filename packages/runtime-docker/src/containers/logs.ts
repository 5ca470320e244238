import { abortable, throwIfAborted, type LogEntry, type LogOptions } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.js";
import { translateError, type Operation } from "../engine/errors.js";
import { requestStream } from "../engine/streams.js";
import { demultiplex, type OutputPiece } from "./demultiplex.js";

const NEWLINE = 10;
const SPACE = " ";

function toQuery(options: LogOptions): Record<string, unknown> {
  return {
    stdout: true,
    stderr: true,
    follow: options.follow ?? false,
    timestamps: options.timestamps ?? false,
    ...(options.tail === undefined ? {} : { tail: options.tail }),
    ...(options.since === undefined ? {} : { since: (options.since.getTime() / 1000).toFixed(3) }),
  };
}

/** Collects one stream's pieces into lines. */
class LineAssembler {
  readonly #stream: LogEntry["stream"];
  readonly #timestamps: boolean;
  #parts: Buffer[] = [];
  #lineStart = true;
  #timestamp: Date | undefined;
  #prefix = "";

  constructor(stream: LogEntry["stream"], timestamps: boolean) {
    this.#stream = stream;
    this.#timestamps = timestamps;
  }

  *push(piece: OutputPiece): Generator<LogEntry> {
    let data = piece.data;
    // The engine stores long lines in several messages and stamps each of them.
    if (this.#timestamps && piece.frameStart) this.#prefix = "";
    while (data.length > 0) {
      if (this.#timestamps && this.#prefix !== SPACE) {
        data = this.#takeTimestamp(data);
        continue;
      }
      const end = data.indexOf(NEWLINE);
      if (end < 0) {
        this.#parts.push(data);
        this.#lineStart = false;
        return;
      }
      this.#parts.push(data.subarray(0, end));
      data = data.subarray(end + 1);
      yield this.#entry();
    }
  }

  *end(): Generator<LogEntry> {
    if (this.#parts.length > 0) yield this.#entry();
  }

  /** Consumes the `2026-01-02T03:04:05.678901234Z ` that opens a message; it may arrive in pieces. */
  #takeTimestamp(data: Buffer): Buffer {
    const end = data.indexOf(SPACE);
    if (end < 0) {
      this.#prefix += data.toString("latin1");
      return data.subarray(data.length);
    }
    const stamp = this.#prefix + data.subarray(0, end).toString("latin1");
    if (this.#lineStart) this.#timestamp = new Date(stamp);
    this.#prefix = SPACE;
    return data.subarray(end + 1);
  }

  #entry(): LogEntry {
    const line = Buffer.concat(this.#parts).toString("utf8");
    const entry: LogEntry = {
      stream: this.#stream,
      line: line.endsWith("\r") ? line.slice(0, -1) : line,
    };
    if (this.#timestamps && this.#timestamp) entry.timestamp = this.#timestamp;
    this.#parts = [];
    this.#lineStart = true;
    if (this.#timestamps) this.#prefix = "";
    return entry;
  }
}

/** The lines of a demultiplexed stream, in the order in which they were completed. */
export async function* toEntries(
  source: AsyncIterable<Buffer>,
  timestamps: boolean,
): AsyncGenerator<LogEntry> {
  const assemblers = {
    stdout: new LineAssembler("stdout", timestamps),
    stderr: new LineAssembler("stderr", timestamps),
  };
  for await (const piece of demultiplex(source)) yield* assemblers[piece.stream].push(piece);
  yield* assemblers.stdout.end();
  yield* assemblers.stderr.end();
}

/** @see ContainerOperations.logs */
export async function* readLogs(
  engine: Engine,
  id: string,
  options: LogOptions,
): AsyncGenerator<LogEntry> {
  const { signal, follow = false } = options;
  if (follow && signal?.aborted) return;
  throwIfAborted(signal);
  const operation: Operation = { verb: "read the log of", kind: "container", name: id };
  try {
    const stream = await abortable(
      requestStream(engine.docker, {
        path: `/containers/${encodeURIComponent(id)}/logs?`,
        query: toQuery(options),
        abortSignal: signal,
      }),
      signal,
    );
    try {
      yield* toEntries(stream, options.timestamps ?? false);
    } finally {
      stream.destroy();
    }
  } catch (error) {
    if (follow && signal?.aborted) return;
    throw translateError(error, operation, signal);
  }
}
