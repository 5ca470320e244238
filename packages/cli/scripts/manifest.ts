import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Plugin } from "@oclif/core";

const withColons = (id: string): string => id.replaceAll(" ", ":");

/**
 * Writes `oclif.manifest.json`, from which oclif knows every command without loading any, and each command's part of it
 * below `dist/manifest` by its names, for those who call just that, with a list of all names.
 *
 * @returns the number of commands
 * @throws when a command module cannot be loaded
 */
export async function writeManifest(root: string): Promise<number> {
  const plugin = new Plugin({
    root,
    type: "core",
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  await writeFile(join(root, "oclif.manifest.json"), JSON.stringify(plugin.manifest));
  const names: string[] = [];
  for (const command of Object.values(plugin.manifest.commands)) {
    const { id: own, aliases = [], hiddenAliases = [] } = command;
    for (const id of [own, ...aliases, ...hiddenAliases].map(withColons)) {
      names.push(id);
      const file = join(root, "dist", "manifest", `${id.replaceAll(":", "/")}.json`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify(command));
    }
  }
  await writeFile(join(root, "dist", "manifest", "_names.json"), JSON.stringify(names));
  return Object.keys(plugin.manifest.commands).length;
}
