import type { DatabaseSync, StatementSync } from "node:sqlite";
import { openDatabase } from "./sqlite.ts";
import { State } from "./state.ts";
import type { Datastore, KubeObject, Operation, Outcome } from "./types.ts";

/** The default datastore of a single server: one SQLite file, as k3s has with kine. */
export class LocalDatastore implements Datastore {
  readonly state = new State();
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #mark: StatementSync;
  #closed = false;

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#put = database.prepare(
      "INSERT OR REPLACE INTO entry (key, value, revision) VALUES (?, ?, ?)",
    );
    this.#remove = database.prepare("DELETE FROM entry WHERE key = ?");
    this.#mark = database.prepare(
      "INSERT OR REPLACE INTO meta (name, value) VALUES ('revision', ?)",
    );
  }

  static async open(file: string): Promise<LocalDatastore> {
    const database = await openDatabase(
      file,
      "CREATE TABLE IF NOT EXISTS entry (key TEXT PRIMARY KEY, value TEXT, revision INTEGER); CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT);",
    );
    const store = new LocalDatastore(database);
    const rows = database.prepare("SELECT key, value, revision FROM entry").all() as {
      key: string;
      value: string;
      revision: number;
    }[];
    const mark = database.prepare("SELECT value FROM meta WHERE name = 'revision'").get() as
      | { value: string }
      | undefined;
    store.state.restore({
      revision: Number(mark?.value ?? 0),
      entries: rows.map((row) => [row.key, JSON.parse(row.value) as KubeObject, row.revision]),
    });
    return store;
  }

  healthy(): boolean {
    return !this.#closed;
  }

  propose(operation: Operation): Promise<Outcome> {
    const outcome = this.state.apply(operation);
    if (outcome.ok) {
      this.#database.exec("BEGIN");
      if (operation.type === "put")
        this.#put.run(operation.key, JSON.stringify(operation.value), outcome.revision);
      else this.#remove.run(operation.key);
      this.#mark.run(String(outcome.revision));
      this.#database.exec("COMMIT");
    }
    return Promise.resolve(outcome);
  }

  barrier(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (!this.#closed) this.#database.close();
    this.#closed = true;
    return Promise.resolve();
  }
}
