import type { Entry, KubeObject, Operation, Outcome, StateReader, StoreEvent } from "./types.ts";

const rememberedEvents = 10_000;

export interface StateSnapshot {
  revision: number;
  entries: [key: string, value: KubeObject, revision: number][];
}

/** The deterministic state machine: the same operations in the same order give the same state everywhere. */
export class State implements StateReader {
  readonly #entries = new Map<string, Entry>();
  readonly #watchers = new Set<(event: StoreEvent) => void>();
  #history: StoreEvent[] = [];
  #revision = 0;
  /** Watches may start from this revision on. */
  #oldest = 0;

  get revision(): number {
    return this.#revision;
  }

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  list(prefix: string): { key: string; entry: Entry }[] {
    const found: { key: string; entry: Entry }[] = [];
    for (const [key, entry] of this.#entries)
      if (key.startsWith(prefix)) found.push({ key, entry });
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  watch(prefix: string, since: number, listener: (event: StoreEvent) => void): () => void {
    if (since < this.#oldest)
      throw new RangeError(`too old resource version: ${since} (${this.#oldest})`);
    for (const event of this.#history)
      if (event.revision > since && event.key.startsWith(prefix)) listener(event);
    const filtered = (event: StoreEvent): void => {
      if (event.revision > since && event.key.startsWith(prefix)) listener(event);
    };
    this.#watchers.add(filtered);
    return () => this.#watchers.delete(filtered);
  }

  apply(operation: Operation): Outcome {
    const before = this.#entries.get(operation.key);
    const current = before?.revision ?? 0;
    if (operation.expect !== undefined && operation.expect !== current)
      return { ok: false, current };
    if (operation.type === "delete") {
      if (!before) return { ok: false, current: 0 };
      this.#revision += 1;
      this.#entries.delete(operation.key);
      this.#emit({
        type: "DELETED",
        key: operation.key,
        revision: this.#revision,
        value: before.value,
        previous: before.value,
      });
    } else {
      this.#revision += 1;
      this.#entries.set(operation.key, { value: operation.value, revision: this.#revision });
      this.#emit({
        type: before ? "MODIFIED" : "ADDED",
        key: operation.key,
        revision: this.#revision,
        value: operation.value,
        previous: before?.value,
      });
    }
    return { ok: true, revision: this.#revision };
  }

  /** Takes over a write that another store made at this revision; without value it was a deletion. */
  follow(key: string, value: KubeObject | undefined, revision: number): void {
    const previous = this.#entries.get(key)?.value;
    if (value) this.#entries.set(key, { value, revision });
    else this.#entries.delete(key);
    this.#revision = revision;
    if (value)
      this.#emit({ type: previous ? "MODIFIED" : "ADDED", key, revision, value, previous });
    else if (previous) this.#emit({ type: "DELETED", key, revision, value: previous, previous });
  }

  /** Moves to a revision that another store reached without a write of interest here. */
  advance(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  snapshot(): StateSnapshot {
    return {
      revision: this.#revision,
      entries: [...this.#entries].map(([key, { value, revision }]) => [key, value, revision]),
    };
  }

  /** Replaces the whole state; running watches get the differences as events. */
  restore(snapshot: StateSnapshot): void {
    const before = new Map(this.#entries);
    this.#entries.clear();
    for (const [key, value, revision] of snapshot.entries)
      this.#entries.set(key, { value, revision });
    this.#revision = snapshot.revision;
    this.#history = [];
    this.#oldest = snapshot.revision;
    if (this.#watchers.size > 0) this.#emitDifferences(before, snapshot.revision);
  }

  #emitDifferences(before: Map<string, Entry>, revision: number): void {
    for (const [key, entry] of this.#entries) {
      const old = before.get(key);
      if (old?.revision === entry.revision) continue;
      this.#notify({
        type: old ? "MODIFIED" : "ADDED",
        key,
        revision: entry.revision,
        value: entry.value,
        previous: old?.value,
      });
    }
    for (const [key, { value }] of before) {
      if (!this.#entries.has(key))
        this.#notify({ type: "DELETED", key, revision, value, previous: value });
    }
  }

  #notify(event: StoreEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  #emit(event: StoreEvent): void {
    this.#history.push(event);
    if (this.#history.length > rememberedEvents) {
      const dropped = this.#history.splice(0, rememberedEvents / 2);
      this.#oldest = (dropped.at(-1) as StoreEvent).revision;
    }
    this.#notify(event);
  }
}
