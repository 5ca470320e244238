import { existsSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { FatalError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { Flag } from "./flags.ts";
import type { Assignment } from "./parse.ts";

function filesOf(file: string): string[] {
  const dropIns = `${file}.d`;
  const found = existsSync(dropIns)
    ? readdirSync(dropIns)
        .filter((name) => /\.ya?ml$/.test(name))
        .sort()
    : [];
  return [...(existsSync(file) ? [file] : []), ...found.map((name) => join(dropIns, name))];
}

/**
 * Reads `config.yaml` and its drop-ins. Keys are flag names; a later file
 * replaces a value, or adds to it when the key ends with `+`.
 * Source: docs.k3s.io/installation/configuration.
 */
export async function readConfigFile(file: string, flags: Flag[]): Promise<Assignment[]> {
  const files = filesOf(file);
  if (files.length === 0) return [];
  const { parse } = await import("yaml");
  const values = new Map<Flag, string[]>();
  for (const path of files) {
    let content: unknown;
    try {
      content = parse(readFileSync(path, "utf8"));
    } catch (error) {
      throw new FatalError(`yaml: ${messageOf(error)}`);
    }
    for (const [rawKey, rawValue] of Object.entries((content ?? {}) as Record<string, unknown>)) {
      const append = rawKey.endsWith("+");
      const key = rawKey.replace(/\+$/, "").replace(/^-+/, "");
      const flag = flags.find((candidate) => candidate.names.includes(key));
      if (!flag) {
        log.warn(`Unknown flag --${key} found in ${basename(path)}, skipping`);
        continue;
      }
      const texts = (Array.isArray(rawValue) ? rawValue : [rawValue]).map((value) =>
        String(value ?? ""),
      );
      values.set(flag, append ? [...(values.get(flag) ?? []), ...texts] : texts);
    }
  }
  return [...values].flatMap(([flag, texts]) => texts.map((text) => ({ flag, text })));
}
