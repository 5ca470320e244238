import * as Flags from "@oclif/core/flags";

const FORMATS = ["json", "yaml"] as const;
const LIST_FORMATS = [...FORMATS, "wide", "name"] as const;

/** `--output` of commands that print one thing. */
export const outputFlag = Flags.option({
  char: "o",
  summary: "Print the result in this format",
  options: FORMATS,
})();

/** Flags of commands that print a table. */
export const listFlags = {
  output: Flags.option({
    char: "o",
    summary: "Print the result in this format",
    options: LIST_FORMATS,
  })(),
  "no-headers": Flags.boolean({ summary: "Leave out the column names" }),
};
