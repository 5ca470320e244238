import { glob } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Command } from "@oclif/core/command";

const ROOT = join(import.meta.dirname, "..", "commands");

/** Every command of the CLI by its id, from the sources. */
export async function allCommands(): Promise<Map<string, typeof Command>> {
  const files: string[] = [];
  for await (const file of glob("**/*.ts", { cwd: ROOT })) {
    if (!file.endsWith(".test.ts")) files.push(file);
  }
  const commands = new Map<string, typeof Command>();
  for (const file of files.toSorted()) {
    const module = (await import(pathToFileURL(join(ROOT, file)).href)) as {
      default: typeof Command;
    };
    commands.set(file.slice(0, -".ts".length).replaceAll("/", ":"), module.default);
  }
  return commands;
}
