import { K3dError } from "../errors/index.js";

/** Where in a text a parser gave up, and why. */
export interface SyntaxProblem {
  /** What the text was meant to be, e.g. `node filter`. */
  what: string;
  text: string;
  /** Offset into `text` of the offending character; `text.length` means that something is missing at the end. */
  at: number;
  reason: string;
  hint?: string;
}

/**
 * `INVALID_INPUT` whose message shows the text with a caret below the
 * offending character; the column (from 1) is in the message and in `details`.
 */
export function syntaxError({ what, text, at, reason, hint }: SyntaxProblem): K3dError {
  const before = text.slice(0, at);
  const column = Array.from(before).length + 1;
  const message = `Invalid ${what} "${printable(text)}": ${reason} (column ${column})\n  ${printable(text)}\n  ${" ".repeat(Array.from(printable(before)).length)}^`;
  return new K3dError("INVALID_INPUT", message, {
    ...(hint === undefined ? {} : { hint }),
    details: { input: text, column },
  });
}

/** Control characters as escapes, so that a message stays on its line. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}
