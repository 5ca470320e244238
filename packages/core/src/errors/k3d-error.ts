import { EXIT_CODES, type ErrorCode } from "./codes.js";
import { joinHints } from "./hint.js";

const BRAND = Symbol.for("k3d:error");

/** What an error carries besides its code and message. */
export interface K3dErrorOptions {
  /** What the user can do about it; one or two sentences. */
  hint?: string;
  /** The error that led to this one. */
  cause?: unknown;
  /** Evidence for `--json` and `--trace`: command line, exit code, stderr … never a secret. */
  details?: Record<string, unknown>;
}

/**
 * The one error type that leaves core and adapters.
 *
 * `message` says what failed and on which object; `hint` says what to do.
 * Compare by `code`, never by `instanceof`: an adapter may load its own copy
 * of this package (see {@link isK3dError}).
 */
export class K3dError extends Error {
  override readonly name = "K3dError";
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly details?: Record<string, unknown>;
  readonly [BRAND] = true;

  constructor(code: ErrorCode, message: string, options: K3dErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.details !== undefined) this.details = options.details;
  }

  /** The process exit code that belongs to {@link code}. */
  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** Whether `error` is a {@link K3dError}, also one made by another copy of core. */
export function isK3dError(error: unknown, ...codes: ErrorCode[]): error is K3dError {
  if (typeof error !== "object" || error === null || !(BRAND in error)) return false;
  return codes.length === 0 || codes.includes((error as K3dError).code);
}

/** Whether the operating system said this, of a file or a connection. */
export const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && "syscall" in error;

/** `error` as it is when it is a {@link K3dError}; wrapped as `INTERNAL` otherwise. */
export function toK3dError(error: unknown): K3dError {
  if (isK3dError(error)) return error;
  if ((error as NodeJS.ErrnoException | undefined)?.syscall === "uv_cwd") {
    return new K3dError("NOT_FOUND", "The working directory does not exist any more", {
      hint: "Change into a directory that does.",
      cause: error,
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new K3dError("INTERNAL", message, { cause: error });
}

/** `error` with this sentence behind its hint. */
export function withHint(error: unknown, more: string): K3dError {
  const { code, message, hint, details } = toK3dError(error);
  return new K3dError(code, message, {
    hint: joinHints(hint, more),
    cause: error,
    details,
  });
}

/**
 * Throws `ABORTED` (or the K3dError given as abort reason) when `signal` is aborted.
 */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The error that an aborted signal stands for. */
export function abortError(signal: AbortSignal): K3dError {
  return isK3dError(signal.reason)
    ? signal.reason
    : new K3dError("ABORTED", "The command was interrupted", { cause: signal.reason });
}
