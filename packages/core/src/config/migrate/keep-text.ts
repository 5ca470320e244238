import { isDeepStrictEqual } from "node:util";
import type { Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import { indentation, keepFlowStyle } from "./keep-style.js";
import { type Tree, formatPath, isTree, parsePath } from "../tree.js";

type Yaml = typeof import("yaml");
type Keys = readonly (string | number)[];

/**
 * The text of a migrated config that keeps what people wrote besides: order,
 * comments, empty lines, quotes, indentation and flow style of everything that is still there.
 *
 * @param source what `document` was read from.
 * @param originalPath the path that a field had in the text.
 */
export function keepText(
  yaml: Yaml,
  { document, source }: { document: Document.Parsed; source: string },
  config: Tree,
  originalPath: (path: string) => string,
): string {
  const style = indentation(yaml, document, source);
  const before = (keys: Keys): Node | undefined => {
    const node = document.getIn(parsePath(originalPath(formatPath(keys))), true);
    return yaml.isNode(node) ? node : undefined;
  };

  /** Keys whose comments are in the new text already. */
  const used = new Set<Scalar>();
  const replaced = new Map<Node, Node>();

  const build = (value: unknown, keys: Keys): Node => {
    const old = keys.length === 0 ? (document.contents as Node) : before(keys);
    // With anchors, aliases and all.
    if (old !== undefined && isDeepStrictEqual(old.toJS(document), value)) return old;
    if (Array.isArray(value)) {
      const list = new yaml.YAMLSeq<Node>();
      list.items = value.map((item, index) => build(item, [...keys, index]));
      return like(list, old);
    }
    if (isTree(value)) {
      const map = new yaml.YAMLMap<Scalar, Node>();
      map.items = Object.entries(value).map(
        ([key, child]) => new yaml.Pair(keyNode(key, [...keys, key]), build(child, [...keys, key])),
      );
      return like(map, old);
    }
    const scalar = new yaml.Scalar(value);
    if (yaml.isScalar(old)) copyComments(scalar, old);
    if (typeof value === "string" && /^[0-9.]+$/.test(value)) scalar.type = "QUOTE_DOUBLE";
    return scalar;
  };

  /** The key as it was written, or a new one with the comments of the one that it replaces. */
  const keyNode = (name: string, keys: Keys): Scalar => {
    const old = pairAt(yaml, document, parsePath(originalPath(formatPath(keys))))?.key;
    const key = new yaml.Scalar(name);
    if (!yaml.isScalar(old) || used.has(old)) return key;
    used.add(old);
    if (old.value === name) return old;
    copyComments(key, old);
    return key;
  };

  /** Comments and style of a collection that is there already. */
  const like = <T extends YAMLMap<Scalar, Node> | YAMLSeq<Node>>(node: T, old: unknown): T => {
    if (!yaml.isCollection(old)) return node;
    copyComments(node, old);
    replaced.set(node, old);
    node.flow = old.flow === true && yaml.isMap(old) === yaml.isMap(node);
    return node;
  };

  document.contents = build(config, []) as typeof document.contents;
  keepFlowStyle(yaml, document, source, replaced);
  // An anchor may be in a part that is written as it was, unseen.
  return document.toString({ ...style, lineWidth: 0, verifyAliasOrder: false });
}

function copyComments(to: Node, from: Node): void {
  to.commentBefore = from.commentBefore ?? null;
  to.comment = from.comment ?? null;
  if (from.spaceBefore === true) to.spaceBefore = true;
}

function pairAt(yaml: Yaml, document: Document.Parsed, keys: Keys): Pair | undefined {
  const parent: unknown = keys.length === 1 ? document.contents : document.getIn(keys.slice(0, -1));
  const last = keys.at(-1);
  return yaml.isMap(parent)
    ? parent.items.find(({ key }) => yaml.isScalar(key) && key.value === last)
    : undefined;
}
