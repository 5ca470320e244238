import { glob, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

export const ROOT = dirname(dirname(import.meta.dirname));

/** Pages of others, and those that are made for the site alone. */
export const NOT_WRITTEN_HERE = ["**/node_modules/**", "docs/reference/api/**"];

/** The parts of an oclif command that the reference shows. */
export interface CommandSource {
  summary?: string;
  description?: string;
  aliases?: string[];
  hidden?: boolean;
  examples?: (string | { description?: string; command: string })[];
  args?: Record<string, ArgSource>;
  flags?: Record<string, FlagSource>;
}

export interface ArgSource {
  description?: string;
  required?: boolean;
  multiple?: boolean;
  default?: unknown;
  options?: readonly string[];
}

export interface FlagSource {
  type: "boolean" | "option";
  char?: string;
  summary?: string;
  helpGroup?: string;
  helpLabel?: string;
  helpValue?: string;
  multiple?: boolean;
  allowNo?: boolean;
  hidden?: boolean;
  aliases?: string[];
  options?: readonly string[];
  default?: unknown;
}

/** Packages whose commands the CLI carries. */
const COMMAND_PACKAGES = ["packages/cli", "packages/plugin-*"];

/** Every command of the CLI and of its plug-ins by its name, e.g. `cluster create`. */
export async function allCommands(): Promise<Map<string, CommandSource>> {
  const commands = new Map<string, CommandSource>();
  for (const folder of COMMAND_PACKAGES) {
    for await (const file of glob(`${folder}/src/commands/**/*.ts`, { cwd: ROOT })) {
      if (file.endsWith(".test.ts")) continue;
      const name = file.slice(file.indexOf("/commands/") + "/commands/".length, -".ts".length);
      const module = (await import(pathToFileURL(join(ROOT, file)).href)) as {
        default?: CommandSource;
      };
      if (module.default !== undefined) commands.set(name.replaceAll("/", " "), module.default);
    }
  }
  return new Map([...commands].toSorted(([one], [other]) => one.localeCompare(other)));
}

/** Names of variables that begin with `K3D_` in the sources of the packages, without the tests. */
export async function variablesInSources(): Promise<Set<string>> {
  const found = new Set<string>();
  for await (const file of glob("packages/*/src/**/*.ts", { cwd: ROOT })) {
    if (
      file.includes(".test.") ||
      file.includes("/testing/") ||
      basename(file).includes("test-data")
    )
      continue;
    const text = await readFile(join(ROOT, file), "utf8");
    for (const [name] of text.matchAll(/\bK3D_[A-Z0-9_]*[A-Z0-9]\b/g)) found.add(name);
  }
  return found;
}
