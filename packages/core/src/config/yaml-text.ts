import type { Alias, Document, Node } from "yaml";
import { shorten } from "../errors/index.js";
import type { ConfigProblem } from "./problems.js";
import { isTree, type Tree } from "./tree.js";

/** A YAML text that was read, and where its parts stand. */
export interface YamlText {
  tree: Tree;
  /** Offset of a further document that says something; it is not read. */
  ignoredAt: number | undefined;
  /** Offset of the value at `keys`, or of its key; of the nearest part that exists when it does not. */
  offsetOf(keys: readonly (string | number)[], part?: "key" | "value"): number;
}

/** A problem with its place in the text. */
export interface TextProblem extends ConfigProblem {
  offset: number;
}

/** Deeper than any config, and shallow enough for every function that walks through one. */
const MAX_DEPTH = 64;

/**
 * Reads the first document of a YAML 1.2 text, which must be a mapping; those
 * that follow are ignored, as k3d v5 does. Anchors, aliases and merge keys may
 * be used.
 *
 * @returns problems instead when the text is none.
 */
export async function readYaml(text: string): Promise<YamlText | TextProblem[]> {
  const yaml = await import("yaml");
  if (opensTooMany(text)) return [problem(0, TOO_DEEP, DEPTH_HINT)];
  let documents;
  try {
    documents = firstDocuments(yaml, text);
  } catch (error) {
    if (error instanceof RangeError) return [problem(0, TOO_DEEP, DEPTH_HINT)];
    throw error;
  }
  const [document, ignored] = documents;
  if (document === undefined) return [problem(0, "it is empty", EMPTY_HINT)];
  // Further errors are mostly consequences of the first one.
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    const overflow = syntaxError.message.includes("call stack");
    return [overflow ? problem(0, TOO_DEEP, DEPTH_HINT) : syntaxProblem(syntaxError)];
  }
  if (document.contents == null) return [problem(0, "it is empty", EMPTY_HINT)];
  let tree: unknown;
  try {
    const refused = nodeProblem(yaml, document);
    if (refused !== undefined) return [refused];
    tree = document.toJS();
    checkDepth(tree);
  } catch (error) {
    const reason = error instanceof RangeError ? TOO_DEEP : textOf(error);
    return [problem(0, reason, error instanceof RangeError ? DEPTH_HINT : "Use fewer aliases.")];
  }
  if (!isTree(tree)) {
    return [
      problem(
        document.contents.range?.[0] ?? 0,
        "it is not a mapping of fields to values",
        EMPTY_HINT,
      ),
    ];
  }
  return {
    tree,
    ignoredAt: ignored?.contents?.range[0],
    offsetOf: (keys, part = "value") => offsetOf(yaml, document, keys, part),
  };
}

const TOO_DEEP = "it is nested too deeply, or an alias stands for something that it is part of";
const DEPTH_HINT = `Fields are at most ${MAX_DEPTH} levels deep; an anchor must not hold an alias of itself.`;

/** The first document, and the first one after it that says something. */
function firstDocuments(yaml: YamlModule, text: string): Document.Parsed[] {
  // Comparing each key with all others of its mapping would take long: see `nodeProblem`.
  const composer = new yaml.Composer({ merge: true, prettyErrors: false, uniqueKeys: false });
  const found: Document.Parsed[] = [];
  let seen = 0;
  for (const document of composer.compose(new yaml.Parser().parse(text))) {
    seen++;
    if (found.length === 0 || !isNothing(document.contents)) found.push(document);
    if (found.length > 1 || seen > MAX_DOCUMENTS) break;
  }
  return found;
}

/** How many documents are looked through for a further one that says something. */
const MAX_DOCUMENTS = 100;

/** So many brackets are open at once only in a text that is made to be; reading it would take long. */
export function opensTooMany(text: string): boolean {
  let open = 0;
  for (const bracket of text.matchAll(/[[\]{}]/g)) {
    open = bracket[0] === "[" || bracket[0] === "{" ? open + 1 : Math.max(0, open - 1);
    if (open > MAX_BRACKETS) return true;
  }
  return false;
}

const MAX_BRACKETS = 1000;

/** More than anybody writes; finding what an alias stands for looks at the whole document. */
const MAX_ALIASES = 200;

/** An alias of nothing or of what it is part of, or one too many. */
function aliasProblem(
  alias: Alias,
  path: readonly unknown[],
  document: Document.Parsed,
  count: number,
): TextProblem | undefined {
  const at = alias.range?.[0] ?? 0;
  if (count > MAX_ALIASES)
    return problem(at, `it has more than ${MAX_ALIASES} aliases`, "Use fewer.");
  const meant = alias.resolve(document);
  const name = shorten(alias.source);
  if (meant === undefined) {
    return problem(
      at,
      `the alias "*${name}" stands for nothing`,
      `Write the anchor "&${name}" before it; a text that begins with "*" stands in quotes.`,
    );
  }
  return path.includes(meant)
    ? problem(at, `the alias "*${name}" stands for something that it is part of`, DEPTH_HINT)
    : undefined;
}

/** A key that is there twice, or an alias that cannot be used. */
function nodeProblem(yaml: YamlModule, document: Document.Parsed): TextProblem | undefined {
  let found: TextProblem | undefined;
  let aliases = 0;
  yaml.visit(document, {
    Alias(_key, alias, path) {
      found = aliasProblem(alias, path, document, ++aliases);
      return found === undefined ? undefined : yaml.visit.BREAK;
    },
    Map(_key, { items }) {
      const names = new Set<unknown>();
      for (const { key } of items) {
        if (!yaml.isScalar(key) || key.value === "<<") continue;
        if (names.has(key.value)) {
          const pos: [number, number] = [key.range?.[0] ?? 0, key.range?.[1] ?? 0];
          found = syntaxProblem({ code: "DUPLICATE_KEY", message: "Map keys must be unique", pos });
          return yaml.visit.BREAK;
        }
        names.add(key.value);
      }
      return undefined;
    },
  });
  return found;
}

/** Also ends where data contains itself. @throws RangeError */
function checkDepth(value: unknown, depth = 0): void {
  if (typeof value !== "object" || value === null) return;
  if (depth > MAX_DEPTH) throw new RangeError(TOO_DEEP);
  for (const child of Object.values(value)) checkDepth(child, depth + 1);
}

/** What stands between two separators without a word. */
function isNothing(contents: unknown): boolean {
  return contents == null || (contents as { value?: unknown }).value === null;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

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
    TAB_AS_INDENT: "Indent with spaces: YAML does not allow tabs there.",
    DUPLICATE_KEY: "Name every field only once.",
  };
  return {
    code: "INVALID_CONFIG",
    path: "",
    message: `This is not valid YAML: ${message}`,
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
      const named = (item: { key: unknown }): unknown =>
        yaml.isScalar(item.key) ? item.key.value : item.key;
      const pair =
        node.items.find((item) => named(item) === key) ??
        node.items.find((item) => String(named(item)).toLowerCase() === String(key).toLowerCase());
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

/** Line and column of an offset, both from 1. */
export interface Position {
  line: number;
  column: number;
}

/** Tells the positions of offsets in a text. */
export function positionsIn(text: string): (offset: number) => Position {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}
