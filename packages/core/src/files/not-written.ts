import { K3dError, isK3dError, toK3dError } from "../errors/index.js";
import { REASONS } from "./not-read.js";

/** What the system says of a disk that is full, or of a user's share of it. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

export const isDiskFull = (error: unknown): boolean =>
  FULL.has((error as NodeJS.ErrnoException | undefined)?.code ?? "");

/**
 * Why a file was not written, for people; an error that says so already is that.
 *
 * @param what the begin of the message
 */
export function notWritten(what: string, cause: unknown, { hint }: { hint: string }): K3dError {
  if (isK3dError(cause)) return cause;
  if (isDiskFull(cause))
    return new K3dError("NO_SPACE", `${what}: no space is left there`, {
      hint: "Free some space, or name a file on another disk.",
      cause,
    });
  const code = (cause as NodeJS.ErrnoException | undefined)?.code ?? "";
  const reason =
    code === "ENOENT"
      ? "its directory does not exist"
      : (REASONS[code] ?? toK3dError(cause).message);
  return new K3dError("INVALID_INPUT", `${what}: ${reason}`, { hint, cause });
}
