import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { CHECKOUT } from "./build/checkout.ts";

/** Names the offline images in use as `VARIABLE=REFERENCE` lines; git-ignored. */
export const ENV_FILE = join(CHECKOUT, ".tools", "offline-images.env");

/**
 * Changes lines of an env file and keeps the others.
 *
 * @param text the present content
 * @param changes a value per variable, undefined to remove its line
 */
export function withVariables(
  text: string,
  changes: Readonly<Record<string, string | undefined>>,
): string {
  const variables = new Map(
    text
      .split("\n")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) variables.delete(name);
    else variables.set(name, value);
  }
  return [...variables].map(([name, value]) => `${name}=${value}\n`).join("");
}

/** Applies changes to the env file, which goes when no line is left. */
export function updateEnvFile(changes: Readonly<Record<string, string | undefined>>): void {
  const before = existsSync(ENV_FILE) ? readFileSync(ENV_FILE, "utf8") : "";
  const after = withVariables(before, changes);
  if (after === before) return;
  if (after === "") {
    rmSync(ENV_FILE);
    return;
  }
  mkdirSync(dirname(ENV_FILE), { recursive: true });
  writeFileSync(`${ENV_FILE}.${process.pid}`, after);
  renameSync(`${ENV_FILE}.${process.pid}`, ENV_FILE);
}
