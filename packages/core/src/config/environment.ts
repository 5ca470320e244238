import { K3dError } from "../errors/index.js";
import { CURRENT_OPTIONS, type Option, isBelow } from "./options/index.js";
import { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import { type Tree, compact, setValueAt } from "./tree.js";

/** An environment variable that sets a field of the config. */
export interface ConfigVariable {
  name: string;
  /** Path of the field. */
  field: string;
  /** How the text is read; lists have commas between their entries. */
  kind: "text" | "number" | "boolean" | "list" | "entries";
  read?(text: string): unknown;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variables of k3d v5: `K3D_` and the path of a field in capitals, e.g.
 * `K3D_SERVERS`, `K3D_OPTIONS_K3D_DISABLELOADBALANCER`. They win over the config file.
 */
export const FIELD_VARIABLES: readonly ConfigVariable[] = CURRENT_OPTIONS.flatMap((row) => {
  const kind = row.section === true ? undefined : kindOf(row);
  return kind === undefined ? [] : [{ name: fieldVariable(row.field), field: row.field, kind }];
});

/**
 * Shorter names that k3d v5 does not know. They say what holds where neither
 * the config file nor a flag says anything.
 */
export const DEFAULT_VARIABLES: readonly ConfigVariable[] = CURRENT_OPTIONS.flatMap((row) => {
  const { variable: name, field, section = false, read } = row;
  if (name === undefined) return [];
  return section
    ? [{ name, field, kind: "text", read }]
    : [{ name, field, kind: kindOf(row) ?? "entries", read }];
});

/**
 * The config that these variables stand for; an empty one counts as unset.
 *
 * @throws `INVALID_INPUT` naming every variable that cannot be read.
 */
export function environmentToConfig(
  environment: Environment,
  variables: readonly ConfigVariable[] = FIELD_VARIABLES,
): SimpleConfig {
  const problems = new ProblemCollector();
  const config: Tree = { apiVersion: "k3d.io/v1alpha5", kind: "Simple" };
  for (const variable of variables) {
    const text = environment[variable.name]?.trim();
    if (text === undefined || text === "") continue;
    const value = problems.collect(variable.name, () => readVariable(variable, text));
    if (value !== undefined) setValueAt(config, variable.field, value);
  }
  problems.throwIfAny();
  return compact(config) as SimpleConfig;
}

/** The variable among these that stands for a field, e.g. `K3D_SERVERS` for `servers`. */
export function variableOfField(
  path: string,
  variables: readonly ConfigVariable[] = FIELD_VARIABLES,
): string | undefined {
  return variables
    .filter(({ field }) => isBelow(path, field))
    .toSorted((a, b) => b.field.length - a.field.length)[0]?.name;
}

function fieldVariable(field: string): string {
  return `K3D_${field.replaceAll(".", "_").toUpperCase()}`;
}

function kindOf({ schema }: Option): ConfigVariable["kind"] | undefined {
  const [type] = [schema.type].flat();
  if (type === "integer") return "number";
  if (type === "boolean") return "boolean";
  if (type === "string") return "text";
  return type === "array" && schema.items?.type === "string" ? "list" : undefined;
}

function readVariable({ name, kind, read }: ConfigVariable, text: string): unknown {
  if (kind === "entries") return text.split(",").map((item) => read?.(item.trim()) ?? item);
  if (read !== undefined && kind !== "list") return read(text);
  if (kind === "text") return text;
  if (kind === "list") return text.split(",").map((item) => item.trim());
  if (kind === "number") {
    if (/^[0-9]{1,9}$/.test(text)) return Number(text);
    throw unreadable(name, text, "a whole number");
  }
  if (/^(1|t|true|yes|on)$/i.test(text)) return true;
  if (/^(0|f|false|no|off)$/i.test(text)) return false;
  throw unreadable(name, text, '"true" or "false"');
}

function unreadable(name: string, text: string, expected: string): K3dError {
  return new K3dError("INVALID_INPUT", `"${text}" is not ${expected}`, {
    hint: `Set ${name} to ${expected}, or unset it.`,
    details: { input: text },
  });
}
