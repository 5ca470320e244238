import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, toK3dError } from "@k3d/core";
import type { Config } from "@oclif/core/config";
import { loadRuntimeFactory, runtimeCandidates } from "../composition/runtime-candidates.js";
import { describePlugin, type PluginView } from "./describe.js";
import { findMisfit, misfitText } from "./fits.js";
import { loadHooks, type HookPackage } from "./hooks.js";
import { lendHostModules } from "./host-modules.js";
import { installedPlugins, type PluginEntry } from "./installed.js";
import { loadPlugin } from "./load.js";
import { removeStrays, runPluginsCommand } from "./npm.js";
import type { PackageFacts } from "./package-archive.js";
import { findSource, forgetArchives, keepArchive, readDirectory } from "./source.js";

/**
 * Installs a plug-in and checks it; one that this k3d cannot use is not kept, and what was
 * installed under its name before is put back.
 *
 * @throws K3dError `UNSUPPORTED` for a plug-in of another version of k3d, `INVALID_INPUT` for what is
 *   no plug-in, `RUNTIME_UNAVAILABLE` for an adapter of another contract
 */
export async function installPlugin(
  input: string,
  config: Config,
  signal: AbortSignal,
): Promise<PluginView> {
  const { dataDir } = config;
  lendHostModules(config.root);
  const before = await installedPlugins(dataDir);
  const source = await findSource(input, signal);
  let spec: string;
  if (source.type === "registry") spec = source.spec;
  else {
    try {
      await assertPlugin(source.facts);
      spec = `file:${await keepArchive(dataDir, source.path, source.facts)}`;
    } finally {
      await source.dispose();
    }
  }
  let entry: PluginEntry | undefined;
  try {
    await runPluginsCommand("install", [spec], config, signal);
    entry = (await installedPlugins(dataDir)).findLast(
      (plugin) => !before.some((known) => isSame(known, plugin)) || isNamed(plugin, source, spec),
    );
    if (entry === undefined)
      throw new K3dError("INTERNAL", `npm installed ${input}, but it is not in k3d's list`);
    await assertUsable(entry, config);
    return await describePlugin(entry, config, { importAll: false });
  } catch (error) {
    await putBack(entry, before, config);
    throw error;
  } finally {
    await tidy(config);
  }
}

/** Leaves of plug-ins what the list has. */
async function tidy(config: Config): Promise<void> {
  const { dataDir } = config;
  await removeStrays(config);
  const now = await installedPlugins(dataDir);
  await forgetArchives(
    dataDir,
    now.flatMap(({ url }) => url ?? []),
  );
}

function isSame(one: PluginEntry, other: PluginEntry): boolean {
  return (
    one.name === other.name &&
    one.url === other.url &&
    one.tag === other.tag &&
    one.type === other.type
  );
}

function isNamed(
  plugin: PluginEntry,
  source: Awaited<ReturnType<typeof findSource>>,
  spec: string,
): boolean {
  if (source.type === "archive") return plugin.name === source.facts.name;
  return plugin.name === spec.replace(/(?<!^)@.*$/, "") || plugin.url === spec;
}

/** Checks what package.json alone tells. */
async function assertPlugin(facts: PackageFacts): Promise<void> {
  const { name } = facts;
  if (facts.oclif === undefined) {
    const declares = facts.k3d?.runtimes !== undefined || facts.k3d?.hooks !== undefined;
    throw new K3dError(
      "INVALID_INPUT",
      `${name} is not a plug-in: its package.json has no field "oclif"`,
      {
        hint: declares
          ? 'Its author has to add "oclif": {} beside "k3d"'
          : "A plug-in has commands, hooks or a runtime; check that the package is the one you mean",
      },
    );
  }
  const misfit = await findMisfit(facts);
  if (misfit === undefined) return;
  const { message, hint } = misfitText(name, misfit);
  throw new K3dError("UNSUPPORTED", message, { hint });
}

/** Checks the installed plug-in, and writes down its commands so that they need not be imported at every start. */
async function assertUsable(entry: PluginEntry, config: Config): Promise<void> {
  const { plugin, failures } = await loadPlugin(entry);
  const [failure] = failures;
  if (plugin === undefined || failure !== undefined) {
    throw new K3dError(
      "INVALID_INPUT",
      `${entry.name} cannot be loaded: ${toK3dError(failure).message}`,
      {
        hint: /Cannot find (?:module|package)/.test(String(failure))
          ? "What it needs besides k3d's own packages must be among its dependencies"
          : "Tell its author",
        cause: failure,
      },
    );
  }
  await assertPlugin(plugin.pjson as unknown as PackageFacts);
  for (const { id } of plugin.commands) {
    const owner = config.findCommand(id)?.pluginName;
    if (owner === undefined || owner === plugin.name) continue;
    throw new K3dError(
      "INVALID_INPUT",
      `${entry.name} has a command "${id.replaceAll(":", " ")}", which exists already`,
      {
        hint:
          owner === config.name
            ? "A plug-in cannot replace a built-in command"
            : `Uninstall ${owner} first`,
      },
    );
  }
  for (const candidate of runtimeCandidates("", [plugin as never]))
    await loadRuntimeFactory(candidate);
  await assertHooks(plugin as unknown as HookPackage);
  if (!plugin.hasManifest && plugin.commands.length > 0 && entry.type === "user")
    await writeFile(join(plugin.root, "oclif.manifest.json"), JSON.stringify(plugin.manifest));
}

/** @throws K3dError `INVALID_INPUT` when its hooks cannot be used. */
async function assertHooks(plugin: HookPackage): Promise<void> {
  if (plugin.pjson.k3d?.hooks === undefined) return;
  try {
    await loadHooks(plugin);
  } catch (error) {
    throw new K3dError(
      "INVALID_INPUT",
      `The hooks of ${plugin.name} cannot be used: ${toK3dError(error).message}`,
      { hint: "Tell its author; see docs/guides/writing-a-command-plugin.md", cause: error },
    );
  }
}

async function putBack(
  entry: PluginEntry | undefined,
  before: readonly PluginEntry[],
  config: Config,
): Promise<void> {
  if (entry === undefined) return;
  const { signal } = new AbortController();
  const known = before.find(({ name }) => name === entry.name);
  await runPluginsCommand("uninstall", [entry.name], config, signal);
  if (known?.type === "link") {
    await runPluginsCommand("link", [known.root, "--no-install"], config, signal);
  } else if (known !== undefined) {
    await runPluginsCommand("install", [known.url ?? `${known.name}@${known.tag}`], config, signal);
  }
}

/** Adds a directory to the plug-ins as it is, for those who develop one. */
export async function linkPlugin(
  directory: string,
  config: Config,
  signal: AbortSignal,
): Promise<PluginView> {
  lendHostModules(config.root);
  const source = await readDirectory(directory);
  await assertPlugin(source.facts);
  const entry: PluginEntry = { name: source.facts.name, type: "link", root: source.path };
  await assertUsable(entry, config);
  await runPluginsCommand("link", [source.path, "--no-install"], config, signal);
  return describePlugin(entry, config, { importAll: false });
}

/**
 * Removes a plug-in.
 *
 * @throws K3dError `NOT_FOUND` when none of that name is installed
 */
export async function uninstallPlugin(
  name: string,
  config: Config,
  signal: AbortSignal,
): Promise<void> {
  const { dataDir } = config;
  await findEntry(name, dataDir);
  await runPluginsCommand("uninstall", [name], config, signal);
  await tidy(config);
}

/** Brings plug-ins of the registry to the newest version that their tag allows, and tells what all of them are now. */
export async function updatePlugins(config: Config, signal: AbortSignal): Promise<PluginView[]> {
  lendHostModules(config.root);
  const entries = await installedPlugins(config.dataDir);
  // Tarballs stay what they are.
  if (entries.some(({ type, url }) => type === "user" && !url?.startsWith("file:")))
    await runPluginsCommand("update", [], config, signal);
  return Promise.all(
    entries.map(async (entry) => {
      await assertUsable(entry, config).catch(() => {});
      return describePlugin(entry, config, { importAll: true });
    }),
  );
}

/** @throws K3dError `NOT_FOUND` */
export async function findEntry(name: string, dataDir: string): Promise<PluginEntry> {
  const entries = await installedPlugins(dataDir);
  const entry = entries.find((plugin) => plugin.name === name);
  if (entry !== undefined) return entry;
  const names = entries.map((plugin) => plugin.name).join(", ");
  throw new K3dError("NOT_FOUND", `Plug-in '${name}' is not installed`, {
    hint: names === "" ? "No plug-in is installed." : `Installed: ${names}`,
  });
}
