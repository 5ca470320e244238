import { syntaxError } from "./syntax-error.js";

/** A flag's value and the node filters that came with it. */
export interface FilteredValue {
  value: string;
  /** Filters as written; empty when the flag named none. */
  nodeFilters: string[];
}

/** What {@link splitFlagValue} may do besides. */
export interface SplitOptions {
  /** The filters that nothing behind the only `@` stands for. Default: it is an error. */
  whenEmpty?: readonly string[];
  /** Whether nothing may stand before the `@`. Default: it is an error. */
  emptyValue?: boolean;
}

/**
 * Splits `VALUE[@FILTER[;FILTER…]]`; further filters may also follow a further `@`.
 *
 * `\@` is a literal `@`. Two or more backslashes before an `@` stand for one
 * backslash less, and the `@` then separates: `pass\\@server:0` is the value
 * `pass\` for `server:0`, as in k3d v5. Backslashes elsewhere are left alone.
 *
 * @throws `INVALID_INPUT` when a filter is empty or nothing precedes the first `@`.
 */
export function splitFlagValue(
  text: string,
  what = "flag value",
  { whenEmpty, emptyValue = false }: SplitOptions = {},
): FilteredValue {
  const parts = splitAtSigns(text);
  const [first, ...rest] = parts;
  if (first === undefined || rest.length === 0)
    return { value: first?.text ?? text, nodeFilters: [] };
  if (first.text === "" && !emptyValue) {
    throw syntaxError({
      what,
      text,
      at: 0,
      reason: 'there is no value before the "@"',
      hint: ESCAPE_HINT,
    });
  }
  if (whenEmpty !== undefined && rest.length === 1 && rest[0]?.text === "")
    return { value: first.text, nodeFilters: [...whenEmpty] };
  const nodeFilters: string[] = [];
  for (const part of rest) {
    let at = part.start;
    for (const filter of part.text.split(";")) {
      if (filter.trim() === "") {
        throw syntaxError({
          what,
          text,
          at,
          reason: "a node filter is missing here",
          hint: ESCAPE_HINT,
        });
      }
      nodeFilters.push(filter.trim());
      at += filter.length + 1;
    }
  }
  return { value: first.text, nodeFilters };
}

const ESCAPE_HINT =
  'Write VALUE@FILTER, with a filter such as "server:0" or "agent:*"; a literal "@" is written "\\@".';

interface Part {
  text: string;
  /** Offset of the part in the whole text. */
  start: number;
}

function splitAtSigns(text: string): Part[] {
  const parts: Part[] = [];
  let current = "";
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "@") {
      current += text[at];
    } else if (/(?<!\\)\\$/.test(current)) {
      current = `${current.slice(0, -1)}@`;
    } else {
      parts.push({ text: current.endsWith("\\\\") ? current.slice(0, -1) : current, start });
      current = "";
      start = at + 1;
    }
  }
  parts.push({ text: current, start });
  return parts;
}

/**
 * The flag text that {@link splitFlagValue} splits into the same value and filters.
 *
 * A value with `\@` in it cannot be written as a flag, only in a config file;
 * `undefined` then.
 */
export function joinFlagValue({ value, nodeFilters }: FilteredValue): string | undefined {
  if (value.includes("\\@")) return undefined;
  const escaped = value.replaceAll("@", "\\@");
  if (nodeFilters.length === 0) return escaped;
  return `${escaped}${escaped.endsWith("\\") ? "\\" : ""}@${nodeFilters.join(";")}`;
}
