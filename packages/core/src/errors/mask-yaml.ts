import type { Document, Node, Pair, Scalar, YAMLMap } from "yaml";
import { MASK, isSecretName } from "./mask-names.js";

/** Kinds of Kubernetes objects whose `data` is secret, whatever its names. */
const SECRET_KIND = "Secret";

/**
 * A YAML or JSON document without the values of fields with a secret name, in whatever style they
 * are written; the rest stays as it is, comments too.
 *
 * @returns `undefined` for a text that is no such document
 */
export async function maskYaml(text: string): Promise<string | undefined> {
  if (!MAY_BE_YAML.test(text)) return undefined;
  const { parseAllDocuments } = await import("yaml");
  const documents = parseAllDocuments(text, {
    prettyErrors: false,
    uniqueKeys: false,
    strict: false,
  });
  if (!Array.isArray(documents) || documents.some(({ errors }) => errors.length > 0))
    return undefined;
  const finder = new SecretFinder(await import("yaml"));
  for (const document of documents as Document[]) finder.read(document);
  if (finder.ranges.size === 0) return text;
  return replaceRanges(text, [...finder.ranges]);
}

/** Something with a key: a mapping in block style, or any in flow style. */
const MAY_BE_YAML = /:(?:\s|$)|[{[]/;

type Range = readonly [start: number, end: number];

/** Finds where the secret values of a document stand in its text. */
class SecretFinder {
  /** Begin and end of each; several names may lead to one value. */
  readonly ranges = new Map<number, number>();
  #document: Document | undefined;
  readonly #yaml: typeof import("yaml");

  constructor(yaml: typeof import("yaml")) {
    this.#yaml = yaml;
  }

  read(document: Document): void {
    this.#document = document;
    this.#visit(document.contents, false);
  }

  #visit(node: unknown, secret: boolean): void {
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml;
    if (isScalar(node)) {
      if (secret) this.#add(node);
    } else if (isAlias(node)) {
      const target = secret && this.#document && node.resolve(this.#document);
      if (isScalar(target)) this.#add(target);
    } else if (isSeq(node)) {
      for (const item of node.items) {
        if (secret && isMap(item) && isListedText(item)) this.#addRange(item.range);
        else this.#visit(item, secret);
      }
    } else if (isMap(node)) {
      if (secret && isCutText(node)) this.#addRange(node.range);
      else this.#visitMap(node);
    }
  }

  #visitMap(map: YAMLMap): void {
    const { isScalar } = this.#yaml;
    const isSecretObject = map.get("kind") === SECRET_KIND;
    // `{ name: PGPASS, value: … }`, as Kubernetes writes variables.
    const named = map.get("name");
    const isSecretVariable = typeof named === "string" && isSecretName(named);
    for (const { key, value } of map.items as Pair<Node, Node>[]) {
      const name = isScalar(key) ? String(key.value) : "";
      if (isSecretObject && (name === "data" || name === "stringData")) this.#addAll(value);
      else this.#visit(value, isSecretName(name) || (isSecretVariable && name === "value"));
    }
  }

  /** Every value below, whatever its name. */
  #addAll(node: unknown): void {
    const { isMap, isScalar, isSeq } = this.#yaml;
    if (isScalar(node)) this.#add(node);
    else if (isSeq(node)) for (const item of node.items) this.#addAll(item);
    else if (isMap(node)) for (const { value } of node.items) this.#addAll(value);
  }

  #add({ range, value }: Scalar): void {
    if (value !== null && value !== "") this.#addRange(range);
  }

  #addRange(range: Scalar["range"]): void {
    if (range) this.ranges.set(range[0], range[1]);
  }
}

/** Fields that a list with a secret name may have in its place, as Kubernetes' `imagePullSecrets`. */
const FIELDS = new Set(["name", "namespace", "key", "valueFrom", "secretRef", "secretKeyRef"]);

/** A text that was cut behind a colon in it reads as fields without values. */
const isCutText = ({ items }: YAMLMap): boolean =>
  items.length > 0 &&
  items.every(({ value }) => value === null || (value as Scalar).value === null);

/** A text with a colon in it reads as a field where it is an item of a list. */
function isListedText(map: YAMLMap): boolean {
  const [first, ...others] = map.items as Pair<Scalar | null>[];
  const name = String(first?.key?.value);
  return isCutText(map) || (others.length === 0 && !FIELDS.has(name) && !isSecretName(name));
}

function replaceRanges(text: string, ranges: readonly Range[]): string {
  let result = text;
  for (const [start, end] of ranges.toSorted((one, other) => other[0] - one[0])) {
    // A block ends with the line break before what comes next.
    const tail = result.slice(start, end).endsWith("\n") ? "\n" : "";
    result = `${result.slice(0, start)}${MASK}${tail}${result.slice(end)}`;
  }
  return result;
}
