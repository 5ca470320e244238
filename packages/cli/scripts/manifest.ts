import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Plugin } from "@oclif/core";

/**
 * Writes `oclif.manifest.json`, from which oclif knows every command without loading any.
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
  return Object.keys(plugin.manifest.commands).length;
}
