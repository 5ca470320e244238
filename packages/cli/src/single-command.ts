import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Config, Plugin } from "@oclif/core/config";
import type { Command } from "@oclif/core/command";
import type { LoadOptions } from "@oclif/core/interfaces";

type Entry = Command.Cached;

/** No command's name has more words. */
const WORDS = 3;

/**
 * What oclif loads a command line from that consists of the command which the arguments name: the manifest of all of them
 * takes longer to read than a list takes to print.
 *
 * @param root directory of the CLI's package
 * @returns `undefined` when the whole is needed: for help, and where the arguments do not name one command beyond doubt
 */
export async function singleCommand(
  args: readonly string[],
  root: string,
): Promise<LoadOptions | undefined> {
  const plugin = await singlePlugin(args, root);
  if (plugin === undefined) return undefined;
  return { root, pjson: plugin.pjson, plugins: new Map([[plugin.name, plugin]]) };
}

/** The CLI's own part of that command line; `undefined` as above. */
export async function singlePlugin(
  args: readonly string[],
  root: string,
): Promise<Plugin | undefined> {
  const named = isHelp(args) ? undefined : commandNamed(args, root);
  if (named === undefined) return undefined;
  const pjson = readJson(join(root, "package.json")) as Plugin["pjson"];
  const plugin = new Plugin({ root, isRoot: true, pjson });
  const manifest = { version: pjson.version, commands: { [named.id]: named } };
  Object.assign(plugin, { _manifest: async () => manifest, hasManifest: true });
  await plugin.load();
  // Colours of help, which is not shown now: looking for them loads more than a list needs.
  Object.assign(Config.prototype, { loadTheme: async () => undefined });
  return plugin;
}

/** Ids and aliases of all commands, as the build wrote them down. */
export function ownNames(root: string): string[] {
  return readJson(join(root, "dist", "manifest", NAMES)) as string[];
}

/** No command is called so. */
const NAMES = "_names.json";

/** The command whose name the arguments begin with, as the build wrote it down. */
function commandNamed(args: readonly string[], root: string): Entry | undefined {
  const end = args.findIndex((arg) => !/^[a-z][a-z0-9-]*$/.test(arg));
  const words = args.slice(0, end === -1 ? WORDS : Math.min(end, WORDS));
  while (words.length > 0) {
    const entry = readJson(join(root, "dist", "manifest", `${words.join("/")}.json`)) as Entry;
    // A word behind a command without arguments makes another name of it, which there is not.
    const next = args[words.length];
    if (entry !== undefined) {
      const isWhole = next === undefined || next.startsWith("-") || takesArguments(entry);
      return isWhole && !NEED_ALL.has(entry.id) ? entry : undefined;
    }
    words.pop();
  }
  return undefined;
}

/** Commands about commands. */
const NEED_ALL: ReadonlySet<string> = new Set(["completion", "help"]);

const takesArguments = ({ args, strict }: Entry): boolean =>
  strict === false || Object.keys(args ?? {}).length > 0;

function isHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  return args
    .slice(0, end === -1 ? undefined : end)
    .some((arg) => arg === "--help" || arg === "-h");
}

const NO_SUCH_FILE: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG"]);

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (NO_SUCH_FILE.has((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
