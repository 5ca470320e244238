import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** A member's log, which holds all there is: `etcd/member/wal/log.db`. */
const logFile = (directory: string): string => join(directory, "member", "wal", "log.db");

/** Writes what a member has into one file, whole although the member goes on. */
export function saveEtcdSnapshot(directory: string, file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(logFile(directory), { timeout: 60_000 });
  database.prepare("VACUUM INTO ?").run(file);
  database.close();
}

/** Makes of such a file what a member begins with. */
export function restoreEtcdSnapshot(file: string, directory: string): void {
  mkdirSync(dirname(logFile(directory)), { recursive: true, mode: 0o700 });
  copyFileSync(file, logFile(directory));
}
