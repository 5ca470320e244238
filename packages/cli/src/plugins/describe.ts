import { toK3dError } from "@k3d/core";
import type { Config } from "@oclif/core/config";
import { loadRuntimeFactory, runtimeCandidates } from "../composition/runtime-candidates.js";
import { findMisfit, misfitText } from "./fits.js";
import { loadHooks, type HookPackage } from "./hooks.js";
import type { PluginEntry } from "./installed.js";
import { loadPlugin } from "./load.js";

/** What `plugins list --json` and `plugins inspect --json` print of a plug-in. */
export interface PluginView {
  name: string;
  /** Absent when its package cannot be read. */
  version?: string | undefined;
  type: PluginEntry["type"];
  /** Its directory. */
  root: string;
  /** The tarball, directory or address that it came from; absent for the registry. */
  from?: string | undefined;
  /** In the words of the command line. */
  commands: string[];
  /** What it adds to `--runtime`. */
  runtimes: string[];
  /** The moments in a cluster's life that it takes part in, as its module names them; known once that is imported. */
  hooks?: string[] | undefined;
  /** Why it, or a part of it, cannot be used. */
  problems: string[];
}

/** Looks at a plug-in: imports its commands where it has no manifest, and its runtimes and hooks when asked to. */
export async function describePlugin(
  entry: PluginEntry,
  config: Config,
  { importAll }: { importAll: boolean },
): Promise<PluginView> {
  const { plugin, failures } = await loadPlugin(entry);
  const problems = failures.map((failure) => toK3dError(failure).message.split("\n", 1)[0] ?? "");
  const { name, type, root } = entry;
  const from = type === "link" ? undefined : entry.url;
  if (plugin === undefined) return { name, type, root, from, commands: [], runtimes: [], problems };
  const misfit = await findMisfit(plugin.pjson as object);
  if (misfit !== undefined) {
    const { message, hint } = misfitText(name, misfit);
    problems.push(`${message}. ${hint}`);
  }
  const commands: string[] = [];
  for (const { id } of plugin.commands) {
    const words = id.replaceAll(":", " ");
    const owner = config.findCommand(id)?.pluginName;
    if (owner === undefined || owner === plugin.name) commands.push(words);
    else problems.push(`the command "${words}" exists already, in ${owner}`);
  }
  const candidates = runtimeCandidates("", [plugin as never]);
  let hooks: string[] | undefined;
  if (importAll) {
    for (const candidate of candidates) {
      await loadRuntimeFactory(candidate).catch((error: unknown) => {
        problems.push(toK3dError(error).message);
      });
    }
    hooks = await hooksIn(plugin as unknown as HookPackage, problems);
  }
  const runtimes = candidates.map((candidate) => candidate.name);
  return { name, version: plugin.version, type, root, from, commands, runtimes, hooks, problems };
}

async function hooksIn(plugin: HookPackage, problems: string[]): Promise<string[] | undefined> {
  if (plugin.pjson.k3d?.hooks === undefined) return undefined;
  try {
    return Object.keys((await loadHooks(plugin)).hooks).filter((key) => key !== "timeoutMs");
  } catch (error) {
    problems.push(`its hooks cannot be used: ${toK3dError(error).message}`);
    return [];
  }
}
