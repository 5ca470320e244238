import { OPTIONS, isInVersion } from "../options/index.js";
import { CURRENT_CONFIG_VERSION, type ConfigVersion } from "../versions.js";
import { type JsonSchema, nodeFilters, object, text } from "./json-schema.js";

export type { JsonSchema } from "./json-schema.js";

/** The JSON Schema (draft 7) of config files of that version, for editors and validation. */
export function configSchema(version: ConfigVersion = CURRENT_CONFIG_VERSION): JsonSchema {
  const root = object(
    `k3d cluster configuration (${version.replace("k3d.io/", "")})`,
    "What k3d cluster create --config reads.",
    {
      apiVersion: text("API version", "Version of this format.", {
        const: version,
        default: version,
      }),
      kind: text("Kind", "Kind of the configuration.", { const: "Simple", default: "Simple" }),
    },
    { required: ["apiVersion", "kind"] },
  );
  for (const row of OPTIONS) {
    if (isInVersion(row, version)) addField(root, row.field, schemaOf(row));
  }
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    ...root,
    definitions: { nodeFilters },
  };
}

function schemaOf(row: (typeof OPTIONS)[number]): JsonSchema {
  const { type } = row.schema;
  if (row.section === true) return { ...row.schema, properties: {} };
  return row.default === undefined || type === "array"
    ? row.schema
    : { ...row.schema, default: row.default };
}

function addField(root: JsonSchema, field: string, schema: JsonSchema): void {
  const names = field.split(".");
  const last = names.pop() ?? field;
  const parent = names.reduce<JsonSchema | undefined>(
    (node, name) => node?.properties?.[name],
    root,
  );
  if (parent?.properties === undefined) throw new Error(`No section holds the field ${field}`);
  parent.properties[last] = schema;
}
