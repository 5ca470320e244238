import { readFileSync } from "node:fs";
import { join } from "node:path";
import { K3dError, toK3dError } from "@k3d/core";
import { Config, Plugin } from "@oclif/core/config";
import type { Command } from "@oclif/core/command";
import { installedPlugins, type PluginEntry } from "./installed.js";
import { ownNames, singlePlugin } from "../single-command.js";
import { whileLoading } from "../loading/while-loading.js";

/** Why a plug-in, or a part of it, cannot be used. */
export interface PluginProblem {
  /** `undefined` where it is the list of all of them that cannot be read. */
  plugin: string | undefined;
  reason: string;
}

export interface LoadedPlugins {
  config: Config;
  /** At most one for each plug-in. */
  problems: PluginProblem[];
}

/**
 * Loads the command line with the plug-ins that are installed. What is wrong with one of them never
 * keeps the rest from working, and no plug-in takes the place of a built-in command.
 *
 * @param root directory of the CLI's package
 * @param args when they name a command of the CLI's own, no other one of these is loaded
 */
export async function loadPlugins(
  root: string,
  dataDir: string,
  args: readonly string[] = [],
): Promise<LoadedPlugins> {
  const single = await singlePlugin(args, root);
  const own = single ?? new Plugin({ root, isRoot: true });
  const problems: PluginProblem[] = [];
  const listed = installedPlugins(dataDir).catch((error: unknown) => {
    problems.push({ plugin: undefined, reason: firstLine(error) });
    return [];
  });
  const [entries] = await Promise.all([listed, single ?? own.load()]);
  const loaded = await Promise.all(
    entries.map(async (entry) => {
      const { plugin, failures } = await loadPlugin(entry);
      const [failure] = failures;
      if (failure !== undefined) problems.push({ plugin: entry.name, reason: firstLine(failure) });
      return plugin ?? [];
    }),
  );
  if (single !== undefined && isNamedLonger(single, loaded.flat()))
    return loadPlugins(root, dataDir);
  const plugins = new Map([[own.name, own]]);
  const taken = single === undefined ? idsOf(own) : new Set(ownNames(root));
  for (const plugin of loaded.flat()) {
    if (plugins.has(plugin.name)) continue;
    const collision = keepNewCommands(plugin, taken);
    if (collision !== undefined && !problems.some((problem) => problem.plugin === plugin.name))
      problems.push({
        plugin: plugin.name,
        reason: `the command "${collision.replaceAll(":", " ")}" exists already`,
      });
    plugins.set(plugin.name, plugin);
  }
  return { config: await Config.load({ root, pjson: own.pjson, plugins }), problems };
}

/** Whether a plug-in has a command whose name begins with that of this one: only with all of them it is known which is meant. */
function isNamedLonger(single: Plugin, plugins: readonly Plugin[]): boolean {
  const names = [...idsOf(single)];
  return plugins.some((plugin) =>
    [...idsOf(plugin)].some((id) => names.some((name) => id.startsWith(`${name}:`))),
  );
}

/** Loads one plug-in; without a manifest of its commands, each of them is imported. */
export async function loadPlugin(
  entry: PluginEntry,
): Promise<{ plugin?: Plugin; failures: unknown[] }> {
  const failures: unknown[] = [];
  try {
    const pjson = JSON.parse(readFileSync(join(entry.root, "package.json"), "utf8")) as {
      oclif?: object;
      version?: string;
    };
    // With both of these oclif takes the directory as it is given instead of searching for one.
    const plugin = new Plugin({
      name: entry.name,
      root: entry.root,
      type: "user",
      tag: entry.tag,
      isRoot: true,
      pjson: { ...pjson, oclif: pjson.oclif ?? {} },
    } as never);
    Object.assign(plugin, { warn: (error: unknown) => failures.push(error) });
    const manifest = manifestOf(entry.root, pjson.version);
    if (manifest === undefined) {
      await whileLoading(entry.root, () => plugin.load());
    } else {
      Object.assign(plugin, { _manifest: async () => manifest, hasManifest: true });
      await plugin.load();
    }
    plugin.isRoot = false;
    plugin.type = entry.type;
    // Commands and runtimes are what a plug-in adds; oclif's own hooks would run with every command.
    plugin.hooks = {};
    for (const command of plugin.commands) tellWhyItCannotBeLoaded(plugin, command);
    return { plugin, failures };
  } catch (error) {
    return { failures: [error] };
  }
}

/** The manifest of a plug-in's commands where oclif has nothing to say of it, and so imports nothing. */
function manifestOf(root: string, version: string | undefined): object | undefined {
  const release = (text: unknown): string => String(text).split("-", 1)[0] ?? "";
  try {
    const text = readFileSync(join(root, "oclif.manifest.json"), "utf8");
    const manifest = JSON.parse(text) as { commands?: unknown; version?: unknown };
    return release(manifest.version) === release(version) && isObject(manifest.commands)
      ? manifest
      : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** Checks what the plug-in was written for when one of its commands is run, and names it when that fails. */
function tellWhyItCannotBeLoaded(plugin: Plugin, command: Command.Loadable): void {
  const load = command.load.bind(command);
  command.load = async () => {
    const { findMisfit, misfitText } = await import("./fits.js");
    const misfit = await findMisfit(plugin.pjson as object);
    if (misfit !== undefined) {
      const { message, hint } = misfitText(plugin.name, misfit);
      throw new K3dError("UNSUPPORTED", message, { hint });
    }
    try {
      return tellWhoseDefect(plugin, command.id, await whileLoading(plugin.root, load));
    } catch (error) {
      throw new K3dError(
        "INTERNAL",
        `The command "${command.id.replaceAll(":", " ")}" of the plug-in ${plugin.name} cannot be loaded: ${toK3dError(error).message}`,
        {
          hint: `Install ${plugin.name} again, or remove it with "k3d plugins uninstall ${plugin.name}"`,
          cause: error,
        },
      );
    }
  };
}

/** What fails in the code of a plug-in is to be reported to its author. */
function tellWhoseDefect(plugin: Plugin, id: string, loaded: Command.Class): Command.Class {
  const run = loaded.run.bind(loaded) as (...args: unknown[]) => Promise<unknown>;
  loaded.run = (async (...args: unknown[]) => {
    try {
      return await run(...args);
    } catch (error) {
      const { code, message, hint } = toK3dError(error);
      const isOclifs = error instanceof Error && "oclif" in error;
      if (code !== "INTERNAL" || hint !== undefined || isOclifs) throw error;
      throw new K3dError(
        "INTERNAL",
        `The command "${id.replaceAll(":", " ")}" of the plug-in ${plugin.name} failed: ${message}`,
        {
          hint: `This is a defect of ${plugin.name}: report it to its author, with what --trace prints`,
          cause: error,
        },
      );
    }
  }) as typeof loaded.run;
  return loaded;
}

/**
 * Takes away from a plug-in the commands and aliases that are there already.
 *
 * @returns the first of them
 */
function keepNewCommands(plugin: Plugin, taken: Set<string>): string | undefined {
  let collision: string | undefined;
  const isNew = (id: string): boolean => {
    if (!taken.has(id)) return true;
    collision ??= id;
    return false;
  };
  plugin.commands = plugin.commands.filter(({ id }) => isNew(id));
  for (const command of plugin.commands) {
    command.aliases = command.aliases.filter((alias) => isNew(asId(alias)));
    command.hiddenAliases = command.hiddenAliases.filter((alias) => isNew(asId(alias)));
  }
  for (const id of idsOf(plugin)) taken.add(id);
  return collision;
}

function idsOf(plugin: Plugin): Set<string> {
  return new Set(
    plugin.commands.flatMap(({ id, aliases, hiddenAliases }) => [
      id,
      ...aliases.map(asId),
      ...hiddenAliases.map(asId),
    ]),
  );
}

function asId(alias: string): string {
  return alias.replaceAll(" ", ":");
}

const REASON_LENGTH = 300;

function firstLine(error: unknown): string {
  const { message } = toK3dError(error);
  return (message.split("\n", 1)[0] ?? "").slice(0, REASON_LENGTH);
}
