import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What podman 4.3 printed, recorded in `fixtures/`. */
export async function fixture<T>(name: string): Promise<T> {
  const path = join(import.meta.dirname, "..", "fixtures", `${name}.json`);
  return JSON.parse(await readFile(path, "utf8")) as T;
}
