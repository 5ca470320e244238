import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Plugin } from "@oclif/core";

/**
 * Writes `oclif.manifest.json`, from which oclif knows every command without loading any, and each command's part of it
 * below `dist/manifest` by its names, for those who call just that.
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
  for (const command of Object.values(plugin.manifest.commands)) {
    for (const id of [command.id, ...(command.aliases ?? []), ...(command.hiddenAliases ?? [])]) {
      const file = join(root, "dist", "manifest", `${id.replaceAll(":", "/")}.json`);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify(command));
    }
  }
  return Object.keys(plugin.manifest.commands).length;
}
