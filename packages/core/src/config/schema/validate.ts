import { isSecretName } from "../../errors/index.js";
import { nearest } from "../../model/nearest.js";
import { formatPath, isTree } from "../tree.js";
import { OPTIONS, isInVersion } from "../options/index.js";
import { CONFIG_VERSIONS, type ConfigVersion } from "../versions.js";
import { configSchema } from "./index.js";
import type { JsonSchema } from "./json-schema.js";

/** What a compiled schema reports; the part of ajv's error object that is used. */
interface SchemaError {
  instancePath: string;
  keyword: string;
  params: Record<string, unknown>;
}

interface Validator {
  (data: unknown): boolean;
  errors?: SchemaError[] | null;
}

/** A value that does not fit the schema. */
export interface SchemaProblem {
  /** Keys that lead to it. */
  keys: (string | number)[];
  /** Whether the key itself is wrong and not its value. */
  part: "key" | "value";
  message: string;
  hint?: string;
}

const VALIDATORS: Record<ConfigVersion, () => Promise<{ validate: unknown }>> = {
  "k3d.io/v1alpha2": () => import("./v1alpha2.generated.js"),
  "k3d.io/v1alpha3": () => import("./v1alpha3.generated.js"),
  "k3d.io/v1alpha4": () => import("./v1alpha4.generated.js"),
  "k3d.io/v1alpha5": () => import("./v1alpha5.generated.js"),
};

/** Checks data against the schema of a version; no problems when it fits. */
export async function validateAgainstSchema(
  version: ConfigVersion,
  data: unknown,
): Promise<SchemaProblem[]> {
  const validate = (await VALIDATORS[version]()).validate as Validator;
  if (validate(data)) return [];
  const schema = configSchema(version);
  const errors = validate.errors ?? [];
  const meant = new Set(
    errors.flatMap(({ instancePath, keyword, params }) => {
      if (keyword !== "additionalProperties") return [];
      const keys = pointerKeys(instancePath, data);
      const near = nearest(String(params["additionalProperty"]), knownFields(keys, schema));
      return near === undefined ? [] : [`${instancePath}/${near}`];
    }),
  );
  return errors
    .filter(
      // That a field is missing is said already where its name was misspelt.
      ({ instancePath, keyword, params }) =>
        keyword !== "required" ||
        !meant.has(`${instancePath}/${String(params["missingProperty"])}`),
    )
    .map((error) => describe(error, data, { schema, version }));
}

const knownFields = (keys: readonly (string | number)[], schema: JsonSchema): string[] =>
  Object.keys(schemaAt(schema, keys, schema)?.properties ?? {});

function describe(
  { instancePath, keyword, params }: SchemaError,
  data: unknown,
  { schema, version }: { schema: JsonSchema; version: ConfigVersion },
): SchemaProblem {
  const keys = pointerKeys(instancePath, data);
  const value = keys.reduce<unknown>(
    (node, key) => (node as Record<string | number, unknown>)[key],
    data,
  );
  if (keyword === "additionalProperties") {
    const name = String(params["additionalProperty"]);
    const { message, hint } = unknownField(name, keys, schema);
    const other = ofOtherVersion(formatPath([...keys, name]), version);
    return {
      keys: [...keys, name],
      part: "key",
      message,
      hint: other === undefined ? hint : `${other} ${hint}`,
    };
  }
  if (keyword === "required") {
    const name = String(params["missingProperty"]);
    return {
      keys,
      part: "value",
      message: `The field "${name}" is missing`,
      hint: describeField(schemaAt(schema, [...keys, name], schema)),
    };
  }
  const shown = shownValue(keys, value);
  const hint = describeField(schemaAt(schema, keys, schema));
  if (keyword === "minimum") {
    return {
      keys,
      part: "value",
      message: `Expected at least ${String(params["limit"])}, but found ${shown}`,
      hint,
    };
  }
  if (keyword === "type") {
    const types = [params["type"]].flat().map((type) => TYPE_WORDS[String(type)] ?? String(type));
    const quotes =
      typeof value !== "string" &&
      types.includes("a text") &&
      !isTree(value) &&
      !Array.isArray(value);
    return {
      keys,
      part: "value",
      message: `Expected ${types.join(" or ")}, but found ${shown}`,
      hint: [...(quotes ? ["Put it in quotes."] : []), ...(hint === "" ? [] : [hint])].join(" "),
    };
  }
  const allowed = [params["allowedValues"] ?? params["allowedValue"]].flat();
  return {
    keys,
    part: "value",
    message: `Expected ${allowed.map((word) => `"${String(word)}"`).join(" or ")}, but found ${shown}`,
    hint,
  };
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: "a text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
};

function shownValue(keys: readonly (string | number)[], value: unknown): string {
  if (isSecretName(String(keys.findLast((key) => typeof key === "string"))))
    return "another type of value";
  if (Array.isArray(value)) return "a list";
  if (isTree(value)) return "a mapping";
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

function unknownField(
  name: string,
  keys: readonly (string | number)[],
  schema: JsonSchema,
): { message: string; hint: string } {
  const known = knownFields(keys, schema);
  const near = nearest(name, known);
  const where = keys.length === 0 ? "at the top level" : `in ${formatPath(keys)}`;
  const message = `Unknown field "${name}" ${where}${near === undefined ? "" : `; did you mean "${near}"?`}`;
  const elsewhere = fieldPaths(schema).filter((path) => path === name || path.endsWith(`.${name}`));
  const hints = [
    ...(near === undefined && elsewhere.length > 0
      ? [`Fields of that name: ${elsewhere.join(", ")}.`]
      : []),
    `Known fields ${where}: ${known.join(", ")}.`,
  ];
  return { message, hint: hints.join(" ") };
}

/** What to do with a field that only files of another version have. */
function ofOtherVersion(path: string, version: ConfigVersion): string | undefined {
  const row = OPTIONS.find(({ field }) => field === path);
  if (row === undefined || isInVersion(row, version)) return undefined;
  const { since, until, now } = row;
  const at = CONFIG_VERSIONS.indexOf(version);
  if (since !== undefined && CONFIG_VERSIONS.indexOf(since) > at)
    return `It came with ${since}: leave it out, run "k3d config migrate", and add it then.`;
  return until === undefined ? undefined : `It is a field of files up to ${until}. ${now ?? ""}`;
}

/** Paths of all fields outside of lists. */
function fieldPaths(schema: JsonSchema, path: readonly string[] = []): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => [
    formatPath([...path, name]),
    ...fieldPaths(field, [...path, name]),
  ]);
}

function schemaAt(
  schema: JsonSchema | undefined,
  keys: readonly (string | number)[],
  root: JsonSchema,
): JsonSchema | undefined {
  const resolved =
    schema?.$ref === undefined
      ? schema
      : root.definitions?.[schema.$ref.replace("#/definitions/", "")];
  const [key, ...rest] = keys;
  if (resolved === undefined || key === undefined) return resolved;
  return schemaAt(
    typeof key === "number" ? resolved.items : resolved.properties?.[key],
    rest,
    root,
  );
}

function describeField(schema: JsonSchema | undefined): string {
  const example = schema?.examples?.[0];
  const fields = Object.keys((schema?.type === "array" ? schema.items : schema)?.properties ?? {});
  const shown = typeof example === "string" ? example : JSON.stringify(example);
  const { title, description } = schema ?? {};
  return [
    ...(title === undefined ? [] : [`${title}: ${description ?? ""}`]),
    ...(fields.length === 0
      ? []
      : [`Fields${schema?.type === "array" ? " of an entry" : ""}: ${fields.join(", ")}.`]),
    ...(example === undefined ? [] : [`Example: ${shown}`]),
  ].join(" ");
}

/** Keys of a JSON pointer; numbers where it leads into a list. */
function pointerKeys(pointer: string, data: unknown): (string | number)[] {
  const keys: (string | number)[] = [];
  let node: unknown = data;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const key = Array.isArray(node) ? Number(name) : name;
    keys.push(key);
    node = (node as Record<string | number, unknown>)[key];
  }
  return keys;
}
