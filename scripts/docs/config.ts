import configSchema from "../../packages/core/schema/k3d.io-v1alpha5-simple.schema.json" with { type: "json" };
import { block, code, GENERATED, paragraphs, table } from "./markdown.ts";

type Scalar = string | number | boolean;

/** The words of JSON Schema that the config's schema uses. */
interface Schema {
  $ref?: string;
  description?: string;
  type?: string | string[];
  const?: Scalar;
  enum?: Scalar[];
  default?: Scalar;
  minimum?: number;
  examples?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
}

interface Field {
  path: string;
  schema: Schema;
}

const EXAMPLE = `# yaml-language-server: $schema=k3d.schema.json
apiVersion: k3d.io/v1alpha5
kind: Simple
metadata:
  name: demo
servers: 1
agents: 2
ports:
  - port: 8080:80
    nodeFilters: [loadbalancer]
options:
  k3s:
    extraArgs:
      - arg: --disable=traefik
        nodeFilters: ["server:*"]
`;

/** The page of the config file's fields. */
export function configPage(
  schema: Schema & { definitions?: Record<string, Schema> } = configSchema,
): string {
  const fields = fieldsOf(schema, "", schema.definitions ?? {});
  return paragraphs(
    GENERATED,
    "# Config file",
    "What `k3d cluster create --config FILE` reads: `apiVersion: k3d.io/v1alpha5`, `kind: Simple`. " +
      "A field that is not listed here is an error. The [guide](../guides/config-file.md) tells how files, flags and " +
      "variables go together; `k3d config schema` prints the JSON Schema behind this page.",
    block("yaml", EXAMPLE),
    "`[]` marks the entries of a list. Every `nodeFilters` takes the filters of the " +
      "[guide](../guides/node-filters.md).",
    table(
      ["Field", "Type", "Default", "Meaning"],
      fields.map(({ path, schema: field }) => [
        code(path),
        typeOf(field),
        field.default === undefined ? "" : code(String(field.default)),
        meaning(field),
      ]),
    ),
  );
}

/** All fields that hold a value, nested ones with their whole path. */
function fieldsOf(schema: Schema, path: string, definitions: Record<string, Schema>): Field[] {
  const resolved = resolve(schema, definitions);
  if (resolved.properties !== undefined) {
    return Object.entries(resolved.properties).flatMap(([name, field]) =>
      fieldsOf(field, path === "" ? name : `${path}.${name}`, definitions),
    );
  }
  const items = resolved.items === undefined ? undefined : resolve(resolved.items, definitions);
  if (items?.properties !== undefined) {
    const list: Field = { path, schema: resolved };
    return [list, ...fieldsOf(items, `${path}[]`, definitions)];
  }
  return [{ path, schema: resolved }];
}

function resolve(schema: Schema, definitions: Record<string, Schema>): Schema {
  const name = schema.$ref?.split("/").at(-1);
  return name === undefined ? schema : (definitions[name] ?? schema);
}

function typeOf({ type, items, const: constant }: Schema): string {
  if (constant !== undefined) return code(String(constant));
  const types = [type ?? "any"].flat().join(" or ");
  return type === "array"
    ? `list of ${items?.properties ? "objects" : typeOf(items ?? {})}`
    : types;
}

function meaning({ description = "", enum: values, examples = [], minimum }: Schema): string {
  const shown = examples
    .filter((value) => typeof value !== "object")
    .map((value) => code(String(value)));
  return [
    description,
    ...(values === undefined
      ? []
      : [`One of ${values.map((value) => code(String(value))).join(", ")}.`]),
    ...(minimum === undefined ? [] : [`At least ${minimum}.`]),
    ...(shown.length === 0 ? [] : [`Example: ${shown.join(", ")}.`]),
  ].join(" ");
}
