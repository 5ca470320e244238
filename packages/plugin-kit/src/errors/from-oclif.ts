import { K3dError, isK3dError, nearest, toK3dError } from "@k3d/core";
import { formerFlag } from "./former-flags.js";

/** The parts of oclif's errors that are read here; oclif exports no classes for them. */
interface OclifError extends Error {
  oclif?: { exit?: number };
  /** On `NonExistentFlagsError`. */
  flags?: string[];
  /** On `UnexpectedArgsError` and `RequiredArgsError`. */
  args?: unknown[];
  parse?: { input?: { flags?: Record<string, unknown> } };
}

/** Whether the error is oclif's `exit()`, which is no failure. */
export function isExit(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === "EEXIT";
}

const SEE_HELP = /\s*See more help with --help\s*$/;
const PARSING_FLAG = /^Parsing --(\S+) \n\t/;
/** Before what was found of several flags, a line each. */
const SEVERAL = /^The following errors? occurred:\s*/;

/**
 * Any error as a {@link K3dError}. What oclif's parser refuses becomes `INVALID_INPUT`, with the
 * nearest known flag as hint.
 *
 * @param command the command in the user's words, e.g. `k3d cluster create`
 */
export function fromOclif(error: unknown, command: string): K3dError {
  if (!(error instanceof Error)) return toK3dError(error);
  const help = `See: ${command} --help`;
  const message = inOurWords(error.message.replace(PARSING_FLAG, "").replace(SEE_HELP, ""));
  if (isK3dError(error)) {
    if (message === error.message) return error;
    const options = { hint: error.hint ?? help, cause: error.cause };
    return new K3dError(
      error.code,
      message,
      error.details === undefined ? options : { ...options, details: error.details },
    );
  }
  const { oclif, flags, args, parse } = error as OclifError;
  if (oclif === undefined) return toK3dError(error);
  if (Array.isArray(flags))
    return unknownFlags(flags, Object.keys(parse?.input?.flags ?? {}), command);
  if (Array.isArray(args) && error.name !== "K3dError") return wrongArgs(error.message, args, help);
  const flag = PARSING_FLAG.exec(error.message)?.[1];
  const where = flag === undefined ? "" : `--${flag}: `;
  return new K3dError("INVALID_INPUT", `${where}${message}`, {
    hint: [...meantValue(message), help].join(" "),
    cause: error,
  });
}

/** The value that was meant, where what was written is near one of those there are. */
function meantValue(message: string): string[] {
  const { written, known = "" } = ONE_OF.exec(message)?.groups ?? {};
  if (written === undefined) return [];
  const [, flag = "", value] = /^(--[^=]+=)?([^]*)$/.exec(written) ?? [];
  const meant = nearest(value ?? "", known.split(", "));
  return meant === undefined ? [] : [`Did you mean ${flag}${meant}?`];
}

const ONE_OF = /^Expected (?<written>.{1,200}) to be one of: (?<known>.+)$/;

function inOurWords(message: string): string {
  if (!SEVERAL.test(message)) return message;
  const found = message.replace(SEVERAL, "").split(/\n\s*/);
  return found.map((line) => line.replace(/^Missing required flag /, "Missing flag --")).join("; ");
}

function unknownFlags(written: string[], known: string[], command: string): K3dError {
  const [first = ""] = written;
  const match = /^--([^=]+)/.exec(first)?.[1];
  const former = written.flatMap((flag) => {
    const now = formerFlag(command.replace(/^\S+ /, ""), flag);
    return now === undefined ? [] : [written.length === 1 ? now : `${flag}: ${now}`];
  });
  const near = former.length > 0 || match === undefined ? undefined : nearest(match, known);
  const meant = near === undefined ? former : [`Did you mean --${near}?`];
  const noun = written.length === 1 ? "flag" : "flags";
  return new K3dError("INVALID_INPUT", `Unknown ${noun} ${written.join(", ")}`, {
    hint: [...meant, `See: ${command} --help`].join(" "),
  });
}

function wrongArgs(message: string, args: unknown[], help: string): K3dError {
  const names = args.map((arg) =>
    typeof arg === "string" ? arg : ((arg as { name?: string }).name ?? ""),
  );
  const noun = args.length === 1 ? "argument" : "arguments";
  const missing = message.startsWith("Missing");
  const text = missing
    ? `Missing ${noun} ${names.map((name) => name.toUpperCase()).join(", ")}`
    : `Unexpected ${noun}: ${names.join(", ")}`;
  return new K3dError("INVALID_INPUT", text, { hint: help });
}
