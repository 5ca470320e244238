import type { Document, Node, YAMLMap, YAMLSeq } from "yaml";

type Yaml = typeof import("yaml");
type Collection = YAMLMap | YAMLSeq;

/**
 * Lets flow collections of a document that is written again look as they did:
 * `[a, b]` without padding, and those that stay as they are to the letter.
 *
 * @param replaced what a node stands for that is not from the text.
 */
export function keepFlowStyle(
  yaml: Yaml,
  document: Document.Parsed,
  source: string,
  replaced: ReadonlyMap<Node, Node>,
): void {
  yaml.visit(document, {
    Collection(_key, node: Collection) {
      if (node.flow !== true) return;
      const { range } = replaced.get(node) ?? node;
      const text = range == null ? "" : source.slice(range[0], range[1]);
      const isOld = !replaced.has(node) && text !== "" && !text.includes("\n");
      const print = node.toString.bind(node) as Collection["toString"];
      const padding = /^[[{]\s/.test(text) ? " " : "";
      node.toString = (context, ...more) =>
        isOld || context === undefined
          ? text
          : print({ ...context, flowCollectionPadding: padding }, ...more);
    },
  });
}

/** How far fields below others are indented, and whether lists are, as most of the text has it. */
export function indentation(
  yaml: Yaml,
  document: Document.Parsed,
  source: string,
): { indent: number; indentSeq: boolean } {
  let indent: number | undefined;
  let indentSeq: boolean | undefined;
  const column = (node: Node): number | undefined =>
    node.range == null
      ? undefined
      : node.range[0] - (source.lastIndexOf("\n", node.range[0] - 1) + 1);
  yaml.visit(document, {
    Pair(_key, { key, value }) {
      if (!yaml.isScalar(key) || !yaml.isCollection(value) || value.flow === true) return undefined;
      const steps = (column(value) ?? 0) - (column(key) ?? 0);
      if (yaml.isSeq(value)) indentSeq ??= steps > 0;
      if (steps > 0 && steps <= MOST_SPACES) indent ??= steps;
      return indent !== undefined && indentSeq !== undefined ? yaml.visit.BREAK : undefined;
    },
  });
  return { indent: indent ?? DEFAULT_SPACES, indentSeq: indentSeq ?? true };
}

const DEFAULT_SPACES = 2;
const MOST_SPACES = 8;
