import { CURRENT_OPTIONS } from "./options/index.js";
import type { SimpleConfig } from "./simple-config.js";
import { type Tree, compact, isTree } from "./tree.js";

/** Fields on the top level in the order in which people expect them. */
const FIELD_ORDER: readonly string[] = [
  ...new Set([
    "apiVersion",
    "kind",
    ...CURRENT_OPTIONS.map(({ field }) => field.split(".", 1)[0] ?? field),
  ]),
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
 * as they are; comments are lost. Names are sorted at every level and empty
 * lists left out, as the Go k3d does: files that say the same become the same text.
 *
 * @throws `INVALID_CONFIG` as {@link parseConfig} does.
 */
export async function migrateConfigText(text: string, name: string): Promise<string> {
  const { parseConfig } = await import("./load.js");
  const { stringify } = await import("yaml");
  const { config } = await parseConfig(text, { name });
  return stringify(compact(withoutEmptyLists(config)), {
    lineWidth: 0,
    sortMapEntries: true,
    indentSeq: false,
  });
}

function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(
    ([, child]) => !Array.isArray(child) || child.length > 0,
  );
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutEmptyLists(child)]));
}
