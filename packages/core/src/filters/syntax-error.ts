import { K3dError, SHOWN_LENGTH, shorten } from "../errors/index.js";

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
  const column = Array.from(text.slice(0, at)).length + 1;
  const wrong = `Invalid ${what} "${printable(shorten(text))}": ${printable(shorten(reason))}`;
  const message = text === "" ? wrong : `${wrong} (column ${column})\n${pointer(text, at)}`;
  return new K3dError("INVALID_INPUT", message, {
    hint,
    details: { input: shorten(text), column },
  });
}

function pointer(text: string, at: number): string {
  const { shown, before } = excerpt(text, at);
  return `  ${printable(shown)}\n  ${" ".repeat(Array.from(printable(before)).length)}^`;
}

/** The part of a text around an offset, and of it what stands before that offset. */
function excerpt(text: string, at: number): { shown: string; before: string } {
  if (text.length <= SHOWN_LENGTH) return { shown: text, before: text.slice(0, at) };
  const half = SHOWN_LENGTH / 2;
  const start = Math.max(0, at - half);
  const lead = start === 0 ? "" : "…";
  const tail = at + half < text.length ? "…" : "";
  return {
    shown: `${lead}${text.slice(start, at + half)}${tail}`,
    before: `${lead}${text.slice(start, at)}`,
  };
}

/** Control characters as escapes, so that a message stays on its line. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Zl}|\p{Zp}/gu, (character) =>
    JSON.stringify(character).slice(1, -1),
  );
}
