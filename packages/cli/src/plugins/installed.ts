import { readFile } from "node:fs/promises";
import { join } from "node:path";

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
 * @throws SyntaxError when the file is no JSON, and what reading it fails with, unless it is missing
 */
export async function installedPlugins(dataDir: string): Promise<PluginEntry[]> {
  let text: string;
  try {
    text = await readFile(join(dataDir, "package.json"), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const listed = (JSON.parse(text) as { oclif?: { plugins?: unknown } } | null)?.oclif?.plugins;
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
