import { readFile } from "node:fs/promises";
import { parseAnswer, writeFileSafely } from "@k3d/core/runtime";

/** The content of a JSON file; `undefined` when it is not there. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, "utf8").catch(ignoreMissing);
  return text === undefined ? undefined : parseAnswer<T>(text, `read ${path}`);
}

/** Replaces a JSON file in one step: readers see the old or the new content, also after a crash. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileSafely(path, `${JSON.stringify(value, null, 2)}\n`, { secret: true });
}

/** A `catch` handler that turns "no such file" into `undefined`. */
export function ignoreMissing(error: unknown): undefined {
  if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return undefined;
  throw error;
}

/** The system's error name, e.g. `EEXIST`. */
export function errorCode(error: unknown): string | undefined {
  return typeof error === "object" && error !== null && "code" in error
    ? String(error.code)
    : undefined;
}
