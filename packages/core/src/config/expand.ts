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
 */
export function expandVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): ExpandedText {
  const unset: UnsetVariable[] = [];
  /** Ends of the replacements, in the new and in the old text. */
  const marks: { from: number; to: number; original: number; originalEnd: number }[] = [];
  let result = "";
  let copied = 0;
  for (const match of text.matchAll(VARIABLE)) {
    const name = match[1] ?? match[2] ?? "";
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined) unset.push({ name: name === "" ? match[0] : name, at: match.index });
    result += text.slice(copied, match.index);
    copied = match.index + match[0].length;
    marks.push({
      from: result.length,
      to: result.length + (value ?? "").length,
      original: match.index,
      originalEnd: copied,
    });
    result += value ?? "";
  }
  return {
    text: result + text.slice(copied),
    unset,
    originalOffset(offset) {
      const mark = marks.findLast(({ from }) => from <= offset);
      if (mark === undefined) return offset;
      return offset < mark.to ? mark.original : mark.originalEnd + offset - mark.to;
    },
  };
}

/** `${NAME}`, `$NAME`, the shell's one-letter variables, and an opening `${` that nothing closes. */
const VARIABLE = /\$(?:\{([^}]*)\}|([A-Za-z0-9_]+|[*#$@!?-])|\{)/g;
