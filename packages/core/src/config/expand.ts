/** A variable that was not set and left nothing behind. */
export interface UnsetVariable {
  name: string;
  /** Offset of its `$` in the original text. */
  at: number;
}

export interface ExpandedText {
  text: string;
  unset: UnsetVariable[];
  /** The offset in the original text that an offset in `text` comes from. */
  originalOffset(offset: number): number;
}

/**
 * Replaces `$NAME` and `${NAME}` by the values in `environment`, by the rules
 * of Go's `os.ExpandEnv` (https://pkg.go.dev/os#ExpandEnv), which k3d v5 uses:
 * an unset variable becomes nothing, a `$` without a name stays, and there is
 * no escape.
 *
 * @param literal ranges of the text that stay as they are
 */
export function expandVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
  literal: readonly TextRange[] = [],
): ExpandedText {
  const unset: UnsetVariable[] = [];
  /** Ends of the replacements, in the new and in the old text. */
  const marks: Mark[] = [];
  const pieces: string[] = [];
  let copied = 0;
  let length = 0;
  for (const { at, end, name } of variablesIn(text)) {
    if (literal.some((range) => at >= range.from && at < range.to)) continue;
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined) unset.push({ name: name === "" ? text.slice(at, end) : name, at });
    pieces.push(text.slice(copied, at), value ?? "");
    const from = length + at - copied;
    length = from + (value ?? "").length;
    marks.push({ from, to: length, original: at, originalEnd: end });
    copied = end;
  }
  return {
    text: pieces.join("") + text.slice(copied),
    unset,
    originalOffset(offset) {
      const mark = marks[lastIndexUpTo(marks, offset)];
      if (mark === undefined) return offset;
      return offset < mark.to ? mark.original : mark.originalEnd + offset - mark.to;
    },
  };
}

/** From one offset of a text up to another one. */
export interface TextRange {
  from: number;
  to: number;
}

/** A replacement: its place in the new text and in the original. */
interface Mark {
  from: number;
  to: number;
  original: number;
  originalEnd: number;
}

/** Index of the last mark that starts at `offset` or before; they are in order. */
function lastIndexUpTo(marks: readonly Mark[], offset: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((marks[middle]?.from ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

interface Variable {
  at: number;
  end: number;
  /** Empty for `${}` and for an opening `${` that nothing closes. */
  name: string;
}

/** `$NAME` or one of the shell's one-letter variables, after the `$`. */
const NAME = /[A-Za-z0-9_]+|[*#$@!?-]/y;

function* variablesIn(text: string): Generator<Variable> {
  const lastBrace = text.lastIndexOf("}");
  let at = text.indexOf("$");
  while (at !== -1) {
    let end = at + 1;
    if (text[end] === "{") {
      // Searched for only where there is one, so that this stays linear.
      const close = end < lastBrace ? text.indexOf("}", end) : -1;
      end = close === -1 ? end + 1 : close + 1;
      yield { at, end, name: close === -1 ? "" : text.slice(at + 2, close) };
    } else {
      NAME.lastIndex = end;
      const name = NAME.exec(text)?.[0];
      if (name !== undefined) {
        end += name.length;
        yield { at, end, name };
      }
    }
    at = text.indexOf("$", end);
  }
}
