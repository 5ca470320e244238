import type { Flag } from "./flags.ts";

/** A command line that the Go flag parser of k3s would refuse. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}

/** Parsed flags, asked for by long name. */
export class Options {
  readonly #strings = new Map<string, string>();
  readonly #slices = new Map<string, string[]>();
  readonly #set = new Set<string>();
  /** Arguments after the flags. */
  rest: string[] = [];

  assign(flag: Flag, text: string, replaceSlice = false): void {
    const name = flag.names[0] as string;
    this.#set.add(name);
    if (flag.kind === "slice") {
      const before = replaceSlice ? [] : (this.#slices.get(name) ?? []);
      this.#slices.set(name, [...before, text]);
      return;
    }
    this.#strings.set(name, checked(flag, text));
  }

  isSet(name: string): boolean {
    return this.#set.has(name);
  }

  string(name: string): string {
    return this.#strings.get(name) ?? "";
  }

  bool(name: string): boolean {
    return this.#strings.get(name) === "true";
  }

  int(name: string): number {
    return Number(this.#strings.get(name) ?? "0");
  }

  /** Values of a repeatable flag, each one as it was given. */
  slice(name: string): string[] {
    return this.#slices.get(name) ?? [];
  }

  /** Values of a repeatable flag whose values may also be comma-separated. */
  list(name: string): string[] {
    return this.slice(name)
      .flatMap((value) => value.split(","))
      .map((value) => value.trim())
      .filter(Boolean);
  }
}

const truths: Record<string, string> = {
  "1": "true",
  t: "true",
  T: "true",
  true: "true",
  TRUE: "true",
  True: "true",
  "0": "false",
  f: "false",
  F: "false",
  false: "false",
  FALSE: "false",
  False: "false",
};

function checked(flag: Flag, text: string): string {
  const name = flag.names[0] as string;
  if (flag.kind === "bool") {
    const value = truths[text];
    if (value === undefined)
      throw new UsageError(
        `invalid boolean value ${JSON.stringify(text)} for -${name}: parse error`,
      );
    return value;
  }
  if (flag.kind === "int" && !/^[+-]?\d+$/.test(text))
    throw new UsageError(`invalid value ${JSON.stringify(text)} for flag -${name}: parse error`);
  return text;
}

/** One flag with its value, in the order given. */
export interface Assignment {
  flag: Flag;
  text: string;
}

/**
 * Splits arguments as Go's flag package does: parsing ends at the first
 * argument that is no flag or at `--`; `-x` and `--x` are the same.
 */
export function tokenize(
  flags: Flag[],
  args: string[],
): { assignments: Assignment[]; rest: string[] } {
  const byName = new Map(flags.flatMap((flag) => flag.names.map((name) => [name, flag] as const)));
  const assignments: Assignment[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") return { assignments, rest: args.slice(i + 1) };
    if (!arg.startsWith("-") || arg === "-") return { assignments, rest: args.slice(i) };
    const body = arg.replace(/^--?/, "");
    if (body === "" || body.startsWith("-") || body.startsWith("="))
      throw new UsageError(`bad flag syntax: ${arg}`);
    const equals = body.indexOf("=");
    const name = equals < 0 ? body : body.slice(0, equals);
    const flag = byName.get(name);
    if (!flag)
      throw new UsageError(
        name === "help" || name === "h"
          ? "help requested"
          : `flag provided but not defined: -${name}`,
      );
    if (equals >= 0) assignments.push({ flag, text: body.slice(equals + 1) });
    else if (flag.kind === "bool") assignments.push({ flag, text: "true" });
    else {
      i += 1;
      if (i >= args.length) throw new UsageError(`flag needs an argument: -${name}`);
      assignments.push({ flag, text: args[i] as string });
    }
  }
  return { assignments, rest: [] };
}

/** Applies default, environment, config file and command line, each winning over those before it. */
export function resolveOptions(
  flags: Flag[],
  env: NodeJS.ProcessEnv,
  fromFile: Assignment[],
  fromArgs: Assignment[],
): Options {
  const options = new Options();
  for (const flag of flags) if (flag.value !== undefined) options.assign(flag, flag.value);
  for (const flag of flags) {
    const text = flag.env ? env[flag.env] : undefined;
    if (text === undefined || text === "") continue;
    if (flag.kind === "slice")
      for (const part of text.split(",")) options.assign(flag, part.trim());
    else options.assign(flag, text);
  }
  for (const layer of [fromFile, fromArgs]) {
    const seen = new Set<Flag>();
    for (const { flag, text } of layer) {
      options.assign(flag, text, !seen.has(flag));
      seen.add(flag);
    }
  }
  return options;
}
