import { lstat, readlink, realpath } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** The file that a path leads to over symbolic links, also where that is missing. */
export async function linkTarget(path: string): Promise<string> {
  const link = await lstat(path).catch(ifMissing);
  if (!link?.isSymbolicLink()) return path;
  const real = await realpath(path).catch(ifMissing);
  // Only the last name may be missing: a directory of it is not made up.
  return real ?? linkTarget(resolve(dirname(path), await readlink(path)));
}

/** What the system says when one file cannot take the place of another, though it could be written. */
export const NO_REPLACEMENT = new Set([
  "EBUSY",
  "EACCES",
  "EPERM",
  "EROFS",
  "EXDEV",
  "ETXTBSY",
  "ENAMETOOLONG",
]);

export function ifMissing(error: unknown): undefined {
  if (codeOf(error) === "ENOENT") return undefined;
  throw error;
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}
