import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { printable } from "@k3d/plugin-kit";
import type { Config } from "@oclif/core/config";
import { beforeLoading } from "../loading/while-loading.js";
import { lendHostModules } from "./host-modules.js";
import { loadPlugins, type PluginProblem } from "./load.js";

/** Loads the command line with its plug-ins, and names those that cannot be used on standard error. */
export async function configWithPlugins(
  args: readonly string[],
  { root, dataDir, cacheDir }: { root: string; dataDir: string; cacheDir?: string | undefined },
): Promise<Config> {
  beforeLoading(() => {
    lendHostModules(root);
    // Their modules are Node's to load, and its to keep compiled.
    if (cacheDir !== undefined && !process.env.NODE_COMPILE_CACHE)
      enableCompileCache(join(cacheDir, "compile", "plugins"));
  });
  const { config, problems } = await loadPlugins(root, dataDir, args);
  if (isTold(args)) {
    for (const problem of problems) process.stderr.write(`${printable(warning(problem))}\n`);
  }
  return config;
}

function warning({ plugin, reason }: PluginProblem): string {
  if (plugin === undefined) return `Warning: no plug-in is used: ${reason}`;
  return `Warning: the plug-in ${plugin} cannot be used in full: ${reason} (see "k3d plugins inspect ${plugin}")`;
}

/** Shells ask for completions while somebody types; `plugins` commands tell by themselves; programs read the progress. */
function isTold(args: readonly string[]): boolean {
  return (
    args[0] !== "complete" &&
    args[0] !== "plugins" &&
    !args.some((arg) => /^--progress(=json|=none)?$/.test(arg) || arg === "--quiet")
  );
}
