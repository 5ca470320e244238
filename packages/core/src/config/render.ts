import { isDeepStrictEqual } from "node:util";
import { editValues } from "./migrate/edit-values.js";
import { keepLines } from "./migrate/keep-lines.js";
import { keepText } from "./migrate/keep-text.js";
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

/** The config with its fields in the order in which people expect them. */
export function inOrder(config: SimpleConfig): SimpleConfig {
  const fields = (compact(config) ?? {}) as Tree;
  return Object.fromEntries(
    FIELD_ORDER.flatMap((field) => (fields[field] === undefined ? [] : [[field, fields[field]]])),
  ) as unknown as SimpleConfig;
}

/** The config as YAML; reading it again gives the same config. */
export async function renderConfig(config: SimpleConfig): Promise<string> {
  const { stringify } = await import("yaml");
  return stringify(inOrder(config), { lineWidth: 0 });
}

/**
 * The text of a config file of any version in the current one. Variables stay
 * as they are, and so do order, comments, quotes and style of what is kept, and
 * all documents after the first; fields without a value and empty lists are left out.
 *
 * @throws `INVALID_CONFIG` as {@link parseConfig} does.
 */
export async function migrateConfigText(text: string, name: string): Promise<string> {
  const { parseConfig } = await import("./load.js");
  const yaml = await import("yaml");
  const { config, originalPath } = await parseConfig(text, { name });
  const tree = compact(withoutEmptyLists(config)) as Tree;
  const source = text.replace(/^\uFEFF/, "");
  const [document] = new yaml.Composer({ merge: true, uniqueKeys: false }).compose(
    new yaml.Parser().parse(source),
  );
  const plain = (): string => yaml.stringify(tree, { lineWidth: 0 });
  if (document === undefined) return plain();
  const others = source.slice(document.range[2]);
  const first = migratedText(document);
  const migrated = others.trim() === "" ? first : `${first}${others}`;
  return source.includes("\r\n") ? migrated.replaceAll(/\r?\n/g, "\r\n") : migrated;

  /** What aliases stand for may have been moved away, and a block of text may look like fields. */
  function isMeant(written: string): boolean {
    return isDeepStrictEqual(yaml.parse(written, { merge: true }), tree);
  }

  function migratedText(parsed: NonNullable<typeof document>): string {
    try {
      const edited = editValues(yaml, { document: parsed, source }, tree);
      if (edited !== undefined && isMeant(edited)) return edited;
      const kept = keepText(yaml, { document: parsed, source }, tree, originalPath);
      const old = source.slice(0, parsed.range[2]);
      return [keepLines(old, kept), kept].find(isMeant) ?? plain();
    } catch {
      return plain();
    }
  }
}

function withoutEmptyLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyLists);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(
    ([, child]) => !Array.isArray(child) || child.length > 0,
  );
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutEmptyLists(child)]));
}
