import { basename, dirname } from "node:path";
import { K3dError } from "../../errors/index.js";

/** What the system says of a disk that is full, or of a user's share of it. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** A failure to write as `NO_SPACE` where that is what it is; any other as it was. */
export function toNoSpace(
  error: unknown,
  path: string,
  hint = "Make room, or delete snapshots: k3d cluster snapshot delete NAME",
): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!FULL.has(code)) return error;
  // A layout that is being filled is gone when this is read.
  const place = basename(path).startsWith(".") ? dirname(path) : path;
  return new K3dError("NO_SPACE", `There is no room left on the disk of ${place}`, {
    hint,
    cause: error,
  });
}
