import { EXIT_CODES } from "@k3d/core";
import type { Environment } from "../settings/settings.js";
import { printableDocument } from "../output/printable.js";
import { createPaint, wantsColors } from "../output/styles.js";
import { interruptExitCode } from "../signals/interrupt.js";
import { errorObject, formatError } from "./format-error.js";
import { fromOclif, isExit } from "./from-oclif.js";

export interface ReportOptions {
  /** All arguments after the program name: they tell how to print when parsing itself failed. */
  argv: readonly string[];
  /** The command in the user's words. */
  command: string;
  env: Environment;
  stdout: { write(text: string): unknown };
  stderr: { write(text: string): unknown; isTTY?: boolean; columns?: number };
}

/**
 * Prints an error in the one place where errors are printed and tells the exit code.
 *
 * People read it on standard error. With `--json` standard output gets an {@link ErrorObject}
 * besides; with `-o json|yaml` it stays empty, as it does in the Go k3d, so that scripts may test it. With `--progress json` standard error gets it instead, as one more line.
 *
 * @returns the exit code for the process: `EXIT_CODES` of the error's code, 128 + n for signal n
 */
export function reportError(
  error: unknown,
  { argv, command, env, stdout, stderr }: ReportOptions,
): number {
  const requested = requestedExit(error);
  if (requested !== undefined) return requested;
  const failure = fromOclif(error, command);
  const ownArguments = argv.includes("--") ? argv.slice(0, argv.indexOf("--")) : argv;
  // A stream that takes nothing more is no reason to lose the exit code.
  const print = (stream: { write(text: string): unknown }, text: string): void => {
    try {
      stream.write(`${text}\n`);
    } catch {}
  };
  if (wantsJson(ownArguments))
    print(stdout, printableDocument(JSON.stringify(errorObject(failure), undefined, 2)));
  if (wantsJsonProgress(ownArguments)) {
    const event = { time: new Date().toISOString(), type: "error", ...errorObject(failure).error };
    print(stderr, printableDocument(JSON.stringify(event)));
  } else {
    const trace = ownArguments.some((arg) => arg === "--trace" || arg === "--trace=true");
    const width = stderr.isTTY === true ? stderr.columns : undefined;
    print(stderr, formatError(failure, createPaint(wantsColors(stderr, env)), { trace, width }));
  }
  return interruptExitCode(failure) ?? EXIT_CODES[failure.code] ?? EXIT_CODES.INTERNAL;
}

/** The code of oclif's `exit()`, which is no failure to report. */
function requestedExit(error: unknown): number | undefined {
  if (!isExit(error)) return undefined;
  return (error as { oclif?: { exit?: number } }).oclif?.exit ?? 0;
}

function wantsJson(argv: readonly string[]): boolean {
  return argv.some((arg) => /^--json(=(1|t|T|true|TRUE|True))?$/.test(arg));
}

function wantsJsonProgress(argv: readonly string[]): boolean {
  return argv.some(
    (arg, index) =>
      arg === "--progress=json" || (arg === "--progress" && argv[index + 1] === "json"),
  );
}
