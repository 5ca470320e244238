import { abortError } from "../errors/index.js";
import type { LogEntry, LogOptions } from "../runtime/containers.js";

type Entry = Required<LogEntry>;

const NEWLINE = "\n";

/** What a container wrote, over all its runs. */
export class LogBuffer {
  readonly #entries: Entry[] = [];
  readonly #rest = { stdout: "", stderr: "" };
  readonly #now: () => Date;
  #changed = Promise.withResolvers<void>();

  constructor(now: () => Date) {
    this.#now = now;
  }

  write(text: string, stream: LogEntry["stream"]): void {
    const lines = (this.#rest[stream] + text).split(NEWLINE);
    this.#rest[stream] = lines.pop() ?? "";
    for (const line of lines) this.#entries.push({ stream, line, timestamp: this.#now() });
    if (lines.length > 0) this.wake();
  }

  /** Completes unfinished lines: the process ended. */
  flush(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#rest[stream]) this.write(NEWLINE, stream);
    }
    this.wake();
  }

  /** Makes followers look again. */
  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** @param running tells whether more may come. */
  async *read(options: LogOptions, running: () => boolean): AsyncGenerator<LogEntry> {
    const { signal, follow = false, since, tail } = options;
    let index = firstIndex(this.#entries, since, tail);
    const onAbort = (): void => this.wake();
    signal?.addEventListener("abort", onAbort);
    try {
      for (;;) {
        if (signal?.aborted) {
          if (follow) return;
          throw abortError(signal);
        }
        const entry = this.#entries[index];
        if (entry !== undefined) {
          index += 1;
          yield options.timestamps ? { ...entry } : { stream: entry.stream, line: entry.line };
        } else if (follow && running()) {
          await this.#changed.promise;
        } else {
          return;
        }
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

function firstIndex(entries: Entry[], since: Date | undefined, tail: number | undefined): number {
  const afterSince =
    since === undefined ? 0 : entries.findIndex((entry) => entry.timestamp >= since);
  const start = afterSince < 0 ? entries.length : afterSince;
  return tail === undefined ? start : Math.max(start, entries.length - tail);
}
