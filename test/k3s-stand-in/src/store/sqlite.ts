import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";

/** Opens a SQLite file that survives a killed process; creates its directory. */
export async function openDatabase(file: string, schema: string): Promise<DatabaseSync> {
  const { DatabaseSync } = await import("node:sqlite");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  // Several processes may open the file for the first time at once, and a busy machine keeps them waiting.
  const database = new DatabaseSync(file, { timeout: 60_000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
  database.exec(schema);
  return database;
}
