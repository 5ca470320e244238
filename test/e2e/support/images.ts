import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv } from "node:util";

const FILE = join(fileURLToPath(new URL("../../..", import.meta.url)), ".tools/offline-images.env");

/** What k3d must be told of images that the set-up of the tests has put in the place of its own, by variable. */
export function offlineImages(): Record<string, string | undefined> {
  const written = existsSync(FILE) ? parseEnv(readFileSync(FILE, "utf8")) : {};
  const names = Object.keys(written);
  return Object.fromEntries(names.map((name) => [name, process.env[name] ?? written[name]]));
}

/** The image that a variable names. @throws where none is known. */
export function offlineImage(variable: string): string {
  const image = process.env[variable] ?? offlineImages()[variable];
  if (image === undefined) throw new Error(`${variable} is not set, and not written in ${FILE}`);
  return image;
}
