import type { SimpleConfig } from "./simple-config.js";
import { type Tree, compact } from "./tree.js";

/** Fields on the top level in the order in which people expect them. */
const FIELD_ORDER: readonly (keyof SimpleConfig)[] = [
  "apiVersion",
  "kind",
  "metadata",
  "servers",
  "agents",
  "image",
  "kubeAPI",
  "network",
  "subnet",
  "token",
  "ports",
  "volumes",
  "env",
  "files",
  "hostAliases",
  "registries",
  "options",
];

/** The config as YAML; reading it again gives the same config. */
export async function renderConfig(config: SimpleConfig): Promise<string> {
  const { stringify } = await import("yaml");
  const fields = (compact(config) ?? {}) as Tree;
  const ordered = Object.fromEntries(
    FIELD_ORDER.flatMap((field) => (fields[field] === undefined ? [] : [[field, fields[field]]])),
  );
  return stringify(ordered, { lineWidth: 0 });
}

/**
 * The text of a config file of any version in the current one. Variables stay
 * as they are; comments are lost.
 *
 * @throws `INVALID_CONFIG` as {@link parseConfig} does.
 */
export async function migrateConfigText(text: string, name: string): Promise<string> {
  const { parseConfig } = await import("./load.js");
  return renderConfig((await parseConfig(text, { name })).config);
}
