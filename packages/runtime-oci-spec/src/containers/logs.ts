import { open, stat, type FileHandle } from "node:fs/promises";
import { throwIfAborted, type LogEntry, type LogOptions } from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.ts";
import { ignoreMissing } from "../host/json-file.ts";
import type { ContainerRecord } from "../store/records.ts";
import { hasEnded } from "./has-ended.ts";
import { LogLineParser, type RawLogEntry } from "./log-lines.ts";
import { DirectoryChanges } from "./wait.ts";

const CHUNK_BYTES = 64 * 1024;
const POLL_MS = 250;

/** A container's log, oldest line first. */
export async function* readLogs(
  engine: Engine,
  record: ContainerRecord,
  options: LogOptions,
): AsyncIterable<LogEntry> {
  const { signal } = options;
  if (!options.follow) throwIfAborted(signal);
  const paths = engine.records.pathsOf(record.id);
  const reader = new LogReader(paths.log);
  const changes = options.follow ? new DirectoryChanges(paths.directory) : undefined;
  const isWanted = ({ timestamp }: RawLogEntry) =>
    options.since === undefined || timestamp >= options.since;
  const present = ({ timestamp, ...entry }: RawLogEntry): LogEntry =>
    options.timestamps ? { ...entry, timestamp } : entry;
  try {
    if (signal?.aborted) return;
    let over = !changes || (await hasEnded(engine, record.id));
    yield* presented(lastOf(filterEntries(reader.entries(), isWanted), options.tail), present);
    for (;;) {
      if (!changes || signal?.aborted) break;
      for await (const entry of reader.entries()) {
        if (signal?.aborted) return;
        if (isWanted(entry)) yield present(entry);
      }
      if (over) break;
      await changes.next(POLL_MS, signal);
      // Asked before the file is read once more: what was written until then is not missed.
      over = await hasEnded(engine, record.id);
    }
    if (!signal?.aborted) yield* reader.rest().filter(isWanted).map(present);
  } finally {
    changes?.close();
    await reader.close();
  }
}

async function* presented(
  entries: AsyncIterable<RawLogEntry>,
  present: (entry: RawLogEntry) => LogEntry,
): AsyncIterable<LogEntry> {
  for await (const entry of entries) yield present(entry);
}

async function* filterEntries(
  entries: AsyncIterable<RawLogEntry>,
  isWanted: (entry: RawLogEntry) => boolean,
): AsyncIterable<RawLogEntry> {
  for await (const entry of entries) if (isWanted(entry)) yield entry;
}

/** The last `count` entries, with no more than those in memory; all of them without a count. */
async function* lastOf(
  entries: AsyncIterable<RawLogEntry>,
  count: number | undefined,
): AsyncIterable<RawLogEntry> {
  if (count === undefined) {
    yield* entries;
    return;
  }
  const last: RawLogEntry[] = [];
  for await (const entry of entries) {
    last.push(entry);
    if (last.length > count) last.shift();
  }
  yield* last;
}

/** Reads a log file from where it stopped last, also when conmon began a new one because the old had grown too big. */
class LogReader {
  readonly #path: string;
  readonly #parser = new LogLineParser();
  #file: FileHandle | undefined;
  #inode = 0;
  #position = 0;
  #incomplete = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** What has come since the last call. */
  async *entries(): AsyncIterable<RawLogEntry> {
    for (;;) {
      if (!this.#file && !(await this.#open())) return;
      yield* this.#rest();
      const current = await stat(this.#path).catch(ignoreMissing);
      if (!current || current.ino === this.#inode) return;
      // The old file was read to its end above; the new one begins with its first line.
      await this.close();
    }
  }

  rest(): RawLogEntry[] {
    return this.#parser.rest();
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
    this.#position = 0;
    this.#incomplete = Buffer.alloc(0);
  }

  async #open(): Promise<boolean> {
    const file = await open(this.#path).catch(ignoreMissing);
    if (!file) return false;
    this.#file = file;
    this.#inode = (await file.stat()).ino;
    return true;
  }

  async *#rest(): AsyncIterable<RawLogEntry> {
    const buffer = Buffer.alloc(CHUNK_BYTES);
    while (this.#file) {
      const { bytesRead } = await this.#file.read(buffer, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      let text = Buffer.concat([this.#incomplete, buffer.subarray(0, bytesRead)]);
      for (let end = text.indexOf(10); end !== -1; end = text.indexOf(10)) {
        const entry = this.#parser.parse(text.toString("utf8", 0, end));
        text = text.subarray(end + 1);
        if (entry) yield entry;
      }
      this.#incomplete = Buffer.from(text);
    }
  }
}
