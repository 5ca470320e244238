import {
  CONFIG_VARIABLES,
  type ConfigVariable,
} from "../../packages/core/src/config/environment.js";
import { flagName } from "../../packages/core/src/config/flags.js";
import { code, GENERATED, paragraphs, table } from "./markdown.ts";
import { VARIABLES } from "./variables.ts";

const KINDS: Readonly<Record<ConfigVariable["kind"], string>> = {
  text: "text",
  number: "whole number",
  boolean: "`true` or `false`",
  list: "values separated by commas",
};

/** The page of environment variables. */
export function environmentPage(): string {
  return paragraphs(
    GENERATED,
    "# Environment variables",
    "An empty variable counts as unset.",
    "## Options of cluster create",
    "Each stands for the flag beside it. Flags win over variables, variables over the config file.",
    table(
      ["Variable", "Flag", "Value"],
      CONFIG_VARIABLES.map(({ name, flag, kind }) => [
        code(name),
        flag === "name" ? "the argument NAME" : code(flagName(flag)),
        KINDS[kind],
      ]),
    ),
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
