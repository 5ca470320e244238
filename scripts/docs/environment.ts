import {
  type ConfigVariable,
  DEFAULT_VARIABLES,
  FIELD_VARIABLES,
} from "../../packages/core/src/config/environment.js";
import { flagOfField } from "../../packages/core/src/config/flags.js";
import { code, GENERATED, paragraphs, table } from "./markdown.ts";
import { VARIABLES } from "./variables.ts";

const KINDS: Readonly<Record<ConfigVariable["kind"], string>> = {
  text: "text",
  number: "whole number",
  boolean: "`true` or `false`",
  list: "values separated by commas",
  entries: "values separated by commas",
};

/** The page of environment variables. */
export function environmentPage(): string {
  return paragraphs(
    GENERATED,
    "# Environment variables",
    "An empty variable counts as unset.",
    "## Fields of the config file",
    "`K3D_` and the path of a field in capitals sets that field, as in the Go k3d. Flags win over these variables, and they " +
      "win over the config file. `K3D_CONFIG` names the config file of `cluster create` and `cluster delete`.",
    variableTable(FIELD_VARIABLES),
    "## Defaults for cluster create",
    "Shorter names, which the Go k3d does not know: they count where neither a flag nor the config file nor a variable of the " +
      "table above says anything.",
    variableTable(DEFAULT_VARIABLES),
    ...Object.entries(VARIABLES).map(([title, rows]) =>
      paragraphs(
        `## ${title}`,
        table(
          ["Variable", "Meaning"],
          rows.map(([name, meaning]) => [code(name), meaning]),
        ),
      ).trimEnd(),
    ),
  );
}

function variableTable(variables: readonly ConfigVariable[]): string {
  return table(
    ["Variable", "Field", "Flag", "Value"],
    variables.map(({ name, field, kind }) => {
      const flag = flagOfField(field);
      return [code(name), code(field), flag === undefined ? "" : code(flag), KINDS[kind]];
    }),
  );
}
