import { isK3dError, K3dError, toK3dError, type ErrorCode } from "../errors/index.js";

/** What the system says, for people. */
export const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a directory",
  EACCES: "access is denied",
  EPERM: "access is denied",
  ENOTDIR: "a part of the path is not a directory",
  ELOOP: "its links lead in a circle",
};
const MISSING = new Set(["ENOENT", "ENOTDIR"]);

/** How {@link notRead} words an error. */
export interface NotReadOptions {
  /** Where there is a file. Default: `INVALID_INPUT`. */
  code?: ErrorCode;
  /** Default: to check the path, or to name a file that the user may read. */
  hint?: string | undefined;
}

/**
 * Why a file was not read, for people; an error that says so already is that. One that is missing
 * is `NOT_FOUND`.
 *
 * @param what which file, as the begin of the message: `Config file k3d.yaml`
 */
export function notRead(
  what: string,
  cause: unknown,
  { code = "INVALID_INPUT", hint }: NotReadOptions = {},
): K3dError {
  if (isK3dError(cause)) return cause;
  const system = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const reason = REASONS[system] ?? toK3dError(cause).message;
  const missing = MISSING.has(system);
  return new K3dError(missing ? "NOT_FOUND" : code, `${what} cannot be read: ${reason}`, {
    hint: hint ?? (missing ? "Check the path." : "Name a text file that you may read."),
    cause,
  });
}
