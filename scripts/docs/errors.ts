import { EXIT_CODES, type ErrorCode } from "../../packages/core/src/errors/codes.js";
import { ERROR_ADVICE } from "./error-advice.ts";
import { code, GENERATED, paragraphs, table } from "./markdown.ts";

/** The page of error codes: the table, then a heading for each. */
export function errorsPage(): string {
  const codes = Object.entries(EXIT_CODES) as [ErrorCode, number][];
  return paragraphs(
    GENERATED,
    "# Errors and exit codes",
    "A failed command prints what failed, a code in brackets and, where there is one, a hint, all on standard error. " +
      "Codes and exit codes are stable: scripts may rely on them. With `--json` the error is printed as JSON on " +
      "standard output as well; see [JSON output](json-output.md#errors).",
    "Success is exit code 0. Several codes share an exit code where a script would react alike.",
    table(
      ["Exit code", "Error codes"],
      [...Map.groupBy(codes, ([, exit]) => exit)].map(([exit, members]) => [
        String(exit),
        members.map(([name]) => `[${name}](#${name.toLowerCase()})`).join(", "),
      ]),
    ),
    ...codes.map(([name, exit]) =>
      paragraphs(
        `## ${name}`,
        `Exit code ${code(String(exit))}. ${ERROR_ADVICE[name].meaning}`,
        `What to do: ${ERROR_ADVICE[name].advice}`,
      ).trimEnd(),
    ),
  );
}
