import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, toK3dError } from "@k3d/core";

/** A plug-in as the list in k3d's data directory names it. */
export interface PluginEntry {
  name: string;
  /** `user`: installed by npm; `link`: a directory of somebody who develops it. */
  type: "user" | "link";
  /** The package's directory. */
  root: string;
  /** Version or tag that was asked for. */
  tag?: string | undefined;
  /** Where it came from, if not from a registry. */
  url?: string | undefined;
}

/**
 * The plug-ins that `package.json` in the data directory lists, in its order.
 *
 * @throws K3dError `INVALID_INPUT` when the file cannot be read or is no JSON, unless it is missing
 */
export async function installedPlugins(dataDir: string): Promise<PluginEntry[]> {
  const file = join(dataDir, "package.json");
  let list: { oclif?: { plugins?: unknown } } | null;
  try {
    list = JSON.parse(await readFile(file, "utf8")) as typeof list;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new K3dError(
      "INVALID_INPUT",
      `The list of plug-ins ${file} cannot be read: ${toK3dError(error).message}`,
      { hint: "Mend the file, or remove it and install the plug-ins again", cause: error },
    );
  }
  const listed = list?.oclif?.plugins;
  return Array.isArray(listed) ? listed.flatMap((entry) => asEntry(entry, dataDir)) : [];
}

function asEntry(listed: unknown, dataDir: string): PluginEntry[] {
  const entry = (typeof listed === "string" ? { name: listed } : listed) as Partial<PluginEntry>;
  if (typeof entry?.name !== "string" || entry.name === "") return [];
  const { name, tag, url } = entry;
  if (entry.type === "link" && typeof entry.root === "string")
    return [{ name, type: "link", root: entry.root, tag, url }];
  return [{ name, type: "user", root: join(dataDir, "node_modules", name), tag, url }];
}
