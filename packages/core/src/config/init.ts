import { DEFAULT_CLUSTER_NAME, DEFAULT_IMAGES } from "../model/index.js";
import { CURRENT_OPTIONS, type Option } from "./options/index.js";
import { CURRENT_CONFIG_VERSION } from "./versions.js";

/** Where editors look for the schema, beside the config file; `k3d config schema` prints it. */
export const CONFIG_SCHEMA_FILE = "k3d.schema.json";

export interface ConfigTemplate {
  /** Default: `k3s-default`. */
  name?: string;
  servers?: number;
  agents?: number;
  image?: string;
}

/** Fields that the template sets. */
const SET_FIELDS: readonly string[] = ["metadata", "metadata.name", "servers", "agents", "image"];

/** Columns of its prose. */
const WIDTH = 78;

/**
 * A config file to start from: the defaults, and every other field as a comment with an example.
 * After the "#" of a field's line comes no space, or the two of its indentation; prose has one.
 */
export async function configTemplate({
  name = DEFAULT_CLUSTER_NAME,
  servers = 1,
  agents = 0,
  image = DEFAULT_IMAGES.node,
}: ConfigTemplate = {}): Promise<string> {
  const { stringify } = await import("yaml");
  return `# yaml-language-server: $schema=${CONFIG_SCHEMA_FILE}
# Let editors check this file: k3d config schema >${CONFIG_SCHEMA_FILE}
# Create the cluster with: k3d cluster create --config FILE
apiVersion: ${CURRENT_CONFIG_VERSION}
kind: Simple
metadata:
  name: ${scalar(name)}
servers: ${servers}
agents: ${agents}
image: ${scalar(image)}
${commentedFields((field) => stringify(field, { lineWidth: 0 }).trimEnd())}
`;
}

/** A text that YAML reads as that text. */
function scalar(text: string): string {
  const plain = /^[A-Za-z]([\w./:@-]*\w)?$/.test(text);
  return plain && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}

/** Every field that the template does not set, as the lines of a comment. */
function commentedFields(toYaml: (field: object) => string): string {
  const rows = CURRENT_OPTIONS.filter(({ field }) => !SET_FIELDS.includes(field));
  const below = (parent: string): string[] =>
    rows.filter(({ field }) => parentOf(field) === parent).flatMap(linesOf);
  const linesOf = (row: Option): string[] => {
    const names = row.field.split(".");
    const name = names.at(-1) ?? row.field;
    const indent = "  ".repeat(names.length - 1);
    // One level down a comment is one of the YAML that is commented out.
    const prose = names.length === 1 ? "# " : `#${indent}# `;
    return [
      ...(names.length === 1 ? [""] : []),
      ...wrap(row.schema.description ?? "", WIDTH - prose.length).map((line) => prose + line),
      ...(row.section === true
        ? [`#${indent}${name}:`, ...below(row.field)]
        : toYaml({ [name]: exampleOf(row) })
            .split("\n")
            .map((line) => `#${indent}${line}`)),
    ];
  };
  return below("").join("\n");
}

const parentOf = (field: string): string => field.split(".").slice(0, -1).join(".");

/**
 * What the template shows for a field: the example of its row, else a default that is a number or a
 * yes or no, else the first example of its schema, else what its type has.
 */
function exampleOf({ example, schema, default: value, filtered }: Option): unknown {
  if (example !== undefined) return example;
  if (typeof value === "boolean" || typeof value === "number") return value;
  if (filtered !== undefined) {
    const nodeFilters = [filtered.unfiltered === "load balancer" ? "loadbalancer" : "server:*"];
    return [
      { [filtered.key]: schema.items?.properties?.[filtered.key]?.examples?.[0], nodeFilters },
    ];
  }
  const [type] = [schema.type].flat();
  return (
    schema.examples?.[0] ?? schema.default ?? value ?? schema.enum?.[0] ?? EMPTY[type ?? "string"]
  );
}

const EMPTY: Readonly<Record<string, unknown>> = {
  boolean: false,
  integer: 0,
  array: [],
  string: "",
};

/** Lines of words, none longer than the width unless a word is. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
