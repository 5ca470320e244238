/** Flags that take a value, by name; all others are switches. */
export interface ParsedArgs {
  flags: Map<string, string>;
  positional: string[];
}

/** A command line mistake; printed without a stack, exit code 1. */
export class ArgumentError extends Error {}

/** Splits the arguments of a tool; `known` says of each flag whether it takes a value. */
export function parseToolArgs(
  args: string[],
  known: Record<string, boolean>,
  stopAtPositional = false,
): ParsedArgs {
  const flags = new Map<string, string>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] as string;
    if (arg === "--") return { flags, positional: args.slice(i + 1) };
    if (!arg.startsWith("-") || arg === "-") {
      if (stopAtPositional) return { flags, positional: args.slice(i) };
      const rest = parseToolArgs(args.slice(i + 1), known);
      return { flags: new Map([...flags, ...rest.flags]), positional: [arg, ...rest.positional] };
    }
    const [name = "", value] = splitFlag(arg);
    const takesValue = known[name];
    if (takesValue === undefined)
      throw new ArgumentError(`flag provided but not defined: -${name}`);
    if (value !== undefined) flags.set(name, value);
    else if (takesValue) {
      i += 1;
      if (i >= args.length) throw new ArgumentError(`flag needs an argument: -${name}`);
      flags.set(name, args[i] as string);
    } else flags.set(name, "true");
  }
  return { flags, positional: [] };
}

function splitFlag(arg: string): [string, string | undefined] {
  const body = arg.replace(/^--?/, "");
  const at = body.indexOf("=");
  return at < 0 ? [body, undefined] : [body.slice(0, at), body.slice(at + 1)];
}
