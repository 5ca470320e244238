import { isDeepStrictEqual } from "node:util";
import type { Document, Scalar } from "yaml";
import { type Tree, isTree } from "../tree.js";

type Yaml = typeof import("yaml");

/**
 * The text of a document in which single values are exchanged and all else stays to the letter.
 * `undefined` when `config` has other fields than the text, or has them in another order.
 *
 * @param source what `document` was read from.
 */
export function editValues(
  yaml: Yaml,
  { document, source }: { document: Document.Parsed; source: string },
  config: Tree,
): string | undefined {
  const edits: { start: number; end: number; text: string }[] = [];

  const edit = (node: unknown, value: unknown): boolean => {
    if (yaml.isNode(node) && isDeepStrictEqual(node.toJS(document), value)) return true;
    if (yaml.isMap(node) && isTree(value)) {
      const keys = node.items.map(({ key }) => (yaml.isScalar(key) ? key.value : key));
      const values = Object.values(value);
      return (
        isDeepStrictEqual(keys, Object.keys(value)) &&
        node.items.every((pair, index) => edit(pair.value, values[index]))
      );
    }
    if (yaml.isSeq(node) && Array.isArray(value))
      return (
        node.items.length === value.length &&
        node.items.every((item, index) => edit(item, value[index]))
      );
    if (!yaml.isScalar(node) || node.range == null || typeof value === "object") return false;
    const [start, end] = node.range;
    edits.push({ start, end, text: written(yaml, node, value) });
    return true;
  };

  if (!edit(document.contents, config)) return undefined;
  let [text, at] = ["", 0];
  for (const { start, end, text: value } of edits.toSorted((a, b) => a.start - b.start)) {
    text += source.slice(at, start) + value;
    at = end;
  }
  return text + source.slice(at, document.range[2]);
}

/** A value in the quotes of the one that it replaces. */
function written(yaml: Yaml, old: Scalar, value: unknown): string {
  const scalar = new yaml.Scalar(value);
  if (old.type === "QUOTE_DOUBLE" || old.type === "QUOTE_SINGLE") scalar.type = old.type;
  return yaml.stringify(scalar, { lineWidth: 0 }).trimEnd();
}
