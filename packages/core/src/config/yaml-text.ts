import type { Document, Node } from "yaml";
import type { ConfigProblem } from "./problems.js";
import { isTree, type Tree } from "./tree.js";

/** A YAML text that was read, and where its parts stand. */
export interface YamlText {
  tree: Tree;
  /** Offset of the value at `keys`, or of its key; of the nearest part that exists when it does not. */
  offsetOf(keys: readonly (string | number)[], part?: "key" | "value"): number;
}

/** A problem with its place in the text. */
export interface TextProblem extends ConfigProblem {
  offset: number;
}

/**
 * Reads YAML 1.2 with one document that is a mapping. Anchors, aliases and
 * merge keys may be used.
 *
 * @returns problems instead when the text is none.
 */
export async function readYaml(text: string): Promise<YamlText | TextProblem[]> {
  const yaml = await import("yaml");
  const documents = yaml.parseAllDocuments(text, { merge: true, prettyErrors: false });
  if (!Array.isArray(documents) || documents.length === 0)
    return [problem(0, "it is empty", EMPTY_HINT)];
  // Further errors are mostly consequences of the first one.
  const [syntaxError] = documents.flatMap((document) => document.errors);
  if (syntaxError !== undefined) return [syntaxProblem(syntaxError)];
  const [document, second] = documents as Document.Parsed[];
  if (second !== undefined) {
    return [
      problem(
        second.range[0],
        "there is more than one document in it",
        "Split it: one file describes one cluster.",
      ),
    ];
  }
  if (document?.contents == null) return [problem(0, "it is empty", EMPTY_HINT)];
  let tree: unknown;
  try {
    tree = document.toJS();
  } catch (error) {
    return [
      problem(0, error instanceof Error ? error.message : String(error), "Use fewer aliases."),
    ];
  }
  if (!isTree(tree)) {
    return [
      problem(
        document.contents.range?.[0] ?? 0,
        "it is no mapping of fields to values",
        EMPTY_HINT,
      ),
    ];
  }
  return { tree, offsetOf: (keys, part = "value") => offsetOf(yaml, document, keys, part) };
}

const EMPTY_HINT = "Print a file to start from with: k3d config init --output -";

const problem = (offset: number, reason: string, hint: string): TextProblem => ({
  code: "INVALID_CONFIG",
  path: "",
  message: `The config cannot be used: ${reason}`,
  hint,
  offset,
});

function syntaxProblem({
  code,
  message,
  pos,
}: {
  code: string;
  message: string;
  pos: [number, number];
}): TextProblem {
  const hints: Record<string, string> = {
    TAB_AS_INDENT: "Indent with spaces: YAML knows no tabs there.",
    DUPLICATE_KEY: "Name every field once only.",
  };
  return {
    code: "INVALID_CONFIG",
    path: "",
    message: `This is no valid YAML: ${message}`,
    hint: hints[code] ?? "Check indentation, colons and quotes on that line and the one before.",
    offset: pos[0],
  };
}

type YamlModule = typeof import("yaml");

function offsetOf(
  yaml: YamlModule,
  document: Document.Parsed,
  keys: readonly (string | number)[],
  part: "key" | "value",
): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range?.[0] ?? 0;
  for (const [depth, key] of keys.entries()) {
    if (yaml.isAlias(node)) node = node.resolve(document);
    if (yaml.isMap(node)) {
      const pair = node.items.find(
        (item) => (yaml.isScalar(item.key) ? item.key.value : item.key) === key,
      );
      if (pair === undefined) return offset;
      const keyOffset = (pair.key as Node | null)?.range?.[0] ?? offset;
      const last = depth === keys.length - 1;
      offset =
        last && part === "key" ? keyOffset : ((pair.value as Node | null)?.range?.[0] ?? keyOffset);
      node = pair.value;
    } else if (yaml.isSeq(node) && typeof key === "number") {
      node = node.items[key];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else {
      return offset;
    }
  }
  return offset;
}

/** Line and column, both from 1, of an offset. */
export function positionOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 };
}
