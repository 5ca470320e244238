import type { DatabaseSync } from "node:sqlite";
import type { LogEntry, Member, RaftSnapshot } from "./raft-types.ts";
import { openDatabase } from "./sqlite.ts";

/** The durable part of a Raft member: term, vote, log, snapshot. */
export class RaftLog {
  readonly #database: DatabaseSync;
  #entries: LogEntry[] = [];
  #snapshot: RaftSnapshot | undefined;
  term = 0;
  vote: string | undefined;
  /** Highest index known to be committed when last saved. */
  commit = 0;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  static async open(file: string): Promise<RaftLog> {
    const database = await openDatabase(
      file,
      "CREATE TABLE IF NOT EXISTS log (idx INTEGER PRIMARY KEY, value TEXT); CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);",
    );
    const log = new RaftLog(database);
    const meta = Object.fromEntries(
      (
        database.prepare("SELECT name, value FROM meta").all() as { name: string; value: string }[]
      ).map((row) => [row.name, row.value]),
    );
    log.term = Number(meta["term"] ?? 0);
    log.vote = meta["vote"] || undefined;
    log.commit = Number(meta["commit"] ?? 0);
    log.#snapshot = meta["snapshot"] ? (JSON.parse(meta["snapshot"]) as RaftSnapshot) : undefined;
    log.#entries = (
      database.prepare("SELECT value FROM log ORDER BY idx").all() as { value: string }[]
    ).map((row) => JSON.parse(row.value) as LogEntry);
    return log;
  }

  get snapshot(): RaftSnapshot | undefined {
    return this.#snapshot;
  }

  get firstIndex(): number {
    return (this.#snapshot?.index ?? 0) + 1;
  }

  get lastIndex(): number {
    return this.#entries.at(-1)?.index ?? this.#snapshot?.index ?? 0;
  }

  get lastTerm(): number {
    return this.termAt(this.lastIndex) ?? 0;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** The latest membership in the log, committed or not. */
  get members(): Member[] {
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const members = this.#entries[i]?.members;
      if (members) return members;
    }
    return this.#snapshot?.members ?? [];
  }

  at(index: number): LogEntry | undefined {
    return this.#entries[index - this.firstIndex];
  }

  termAt(index: number): number | undefined {
    if (index === 0) return 0;
    if (index === this.#snapshot?.index) return this.#snapshot.term;
    return this.at(index)?.term;
  }

  from(index: number, limit: number): LogEntry[] {
    const start = index - this.firstIndex;
    return this.#entries.slice(start, start + limit);
  }

  saveVote(term: number, vote: string | undefined): void {
    this.term = term;
    this.vote = vote;
    this.#meta("term", String(term));
    this.#meta("vote", vote ?? "");
  }

  saveCommit(commit: number): void {
    this.commit = commit;
    this.#meta("commit", String(commit));
  }

  append(entries: LogEntry[]): void {
    const insert = this.#database.prepare("INSERT OR REPLACE INTO log (idx, value) VALUES (?, ?)");
    this.#database.exec("BEGIN");
    for (const entry of entries) insert.run(entry.index, JSON.stringify(entry));
    this.#database.exec("COMMIT");
    this.#entries.push(...entries);
  }

  /** Drops this index and all after it. */
  truncate(index: number): void {
    this.#database.prepare("DELETE FROM log WHERE idx >= ?").run(index);
    this.#entries.length = Math.max(0, index - this.firstIndex);
  }

  /** Replaces everything up to the snapshot's index by the snapshot. */
  compact(snapshot: RaftSnapshot): void {
    const kept = this.#entries.filter((entry) => entry.index > snapshot.index);
    const continues = this.termAt(snapshot.index) === snapshot.term;
    this.#database.exec("BEGIN");
    this.#meta("snapshot", JSON.stringify(snapshot));
    this.#database
      .prepare("DELETE FROM log WHERE idx <= ?")
      .run(continues ? snapshot.index : Number.MAX_SAFE_INTEGER);
    this.#database.exec("COMMIT");
    this.#snapshot = snapshot;
    this.#entries = continues ? kept : [];
  }

  close(): void {
    this.#database.close();
  }

  #meta(name: string, value: string): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)")
      .run(name, value);
  }
}
