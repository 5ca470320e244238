import { K3dError } from "@k3d/core";

/** What the normaliser needs to know of a flag; oclif's definitions have these fields. */
export interface FlagShape {
  type: "boolean" | "option";
  char?: string;
  aliases?: readonly string[];
  charAliases?: readonly string[];
  multiple?: boolean;
  allowNo?: boolean;
}

export type FlagShapes = Readonly<Record<string, FlagShape>>;

/**
 * Marks an option's value that begins with a dash. oclif refuses a value that looks like one of the
 * command's own flags (`--k3s-arg -v=5`); with the mark in front it does not. See {@link unprotect}.
 */
const VALUE_MARK = "\u0000";

const TRUE_WORDS = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE_WORDS = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** Takes back what {@link goFlags} put in front of a value. */
export function unprotect(value: string): string {
  return value.startsWith(VALUE_MARK) ? value.slice(VALUE_MARK.length) : value;
}

/**
 * Rewrites arguments in the syntax of Go's pflag, which scripts written for k3d use, into the
 * narrower one that oclif parses:
 *
 * - `--flag=false`, `--flag=true`, `-f=false` for booleans, with Go's words for both
 * - grouped shorts, the last with a value: `-as3`, `-ds=false`
 * - a value of any look: `--k3s-arg -v=5`, `--env --wait`
 * - the last one wins where a flag that takes one value is repeated
 *
 * Arguments after `--`, positional ones and unknown flags stay as they are.
 *
 * @throws K3dError `INVALID_INPUT` for a boolean with another value, and for a flag that is called as what every object has
 */
export function goFlags(argv: readonly string[], flags: FlagShapes): string[] {
  const names = indexNames(flags);
  const out: Token[] = [];
  let index = 0;
  const next = (): string | undefined => argv[index++];

  for (let arg = next(); arg !== undefined; arg = next()) {
    if (arg === "--") {
      out.push({ text: [arg, ...argv.slice(index)] });
      break;
    }
    if (arg.startsWith("--")) out.push(...readLong(arg, names, flags, next));
    else if (arg.startsWith("-") && arg.length > 1)
      out.push(...readShorts(arg, names, flags, next));
    else out.push({ text: [arg] });
  }
  return lastWins(out, flags).flatMap((token) => token.text);
}

interface Token {
  text: string[];
  /** The flag that it sets. */
  flag?: string;
  /** For a boolean. */
  value?: boolean;
}

interface Names {
  long: Map<string, string>;
  short: Map<string, string>;
}

function indexNames(flags: FlagShapes): Names {
  const long = new Map<string, string>();
  const short = new Map<string, string>();
  for (const [name, flag] of Object.entries(flags)) {
    for (const alias of [name, ...(flag.aliases ?? [])]) long.set(alias, name);
    for (const char of [flag.char, ...(flag.charAliases ?? [])]) if (char) short.set(char, name);
  }
  return { long, short };
}

function readLong(
  arg: string,
  names: Names,
  flags: FlagShapes,
  next: () => string | undefined,
): Token[] {
  const equals = arg.indexOf("=");
  const written = equals === -1 ? arg.slice(2) : arg.slice(2, equals);
  const value = equals === -1 ? undefined : arg.slice(equals + 1);
  const name = names.long.get(written);
  const flag = name === undefined ? undefined : flags[name];
  if (name !== undefined && flag) {
    if (flag.type === "boolean") return [booleanToken(name, flag, value, `--${written}`)];
    return [optionToken(name, value ?? next())];
  }
  if (written.startsWith("no-") && value === undefined) {
    const negated = names.long.get(written.slice("no-".length));
    const negatedFlag = negated === undefined ? undefined : flags[negated];
    if (negated !== undefined && negatedFlag?.type === "boolean" && negatedFlag.allowNo) {
      return [booleanToken(negated, negatedFlag, "false", `--${written}`)];
    }
  }
  // oclif finds what every object has, and takes it for a flag.
  if (written in {})
    throw new K3dError("INVALID_INPUT", `Unknown flag --${written}`, {
      hint: "The flags of a command are told by its --help.",
    });
  return [{ text: [arg] }];
}

function readShorts(
  arg: string,
  names: Names,
  flags: FlagShapes,
  next: () => string | undefined,
): Token[] {
  const tokens: Token[] = [];
  for (let position = 1; position < arg.length; position++) {
    const char = arg.charAt(position);
    const name = names.short.get(char);
    const flag = name === undefined ? undefined : flags[name];
    const rest = arg.slice(position + 1);
    if (name === undefined || !flag) {
      tokens.push({ text: [`-${char}${rest}`] });
      return tokens;
    }
    if (flag.type === "option") {
      const value = rest === "" ? next() : rest.startsWith("=") ? rest.slice(1) : rest;
      tokens.push(optionToken(name, value));
      return tokens;
    }
    if (rest.startsWith("=")) {
      tokens.push(booleanToken(name, flag, rest.slice(1), `-${char}`));
      return tokens;
    }
    tokens.push(booleanToken(name, flag, undefined, `-${char}`));
  }
  return tokens;
}

function optionToken(name: string, value: string | undefined): Token {
  if (value === undefined) return { text: [`--${name}`], flag: name };
  return { text: [`--${name}`, value.startsWith("-") ? VALUE_MARK + value : value], flag: name };
}

function booleanToken(
  name: string,
  flag: FlagShape,
  value: string | undefined,
  written: string,
): Token {
  const wanted = value === undefined || TRUE_WORDS.has(value);
  if (!wanted && !FALSE_WORDS.has(value)) {
    throw new K3dError("INVALID_INPUT", `${written} is true or false, not "${value}"`, {
      hint: `Write ${written} or ${written}=false`,
    });
  }
  const text = wanted ? [`--${name}`] : flag.allowNo ? [`--no-${name}`] : [];
  return { text, flag: name, value: wanted };
}

/** Drops all but the last setting of every flag that holds one value. */
function lastWins(tokens: Token[], flags: FlagShapes): Token[] {
  const last = new Map<string, number>();
  for (const [position, token] of tokens.entries()) {
    if (token.flag !== undefined) last.set(token.flag, position);
  }
  return tokens.filter(
    (token, position) =>
      token.flag === undefined ||
      flags[token.flag]?.multiple === true ||
      last.get(token.flag) === position,
  );
}
