import { basename, dirname } from "node:path";
import { K3dError } from "../../errors/index.js";
import { isDiskFull } from "../../files/not-written.js";

/** A failure to write as `NO_SPACE` where that is what it is; any other as it was. */
export function toNoSpace(
  error: unknown,
  path: string,
  hint = "Free some space, or delete snapshots: k3d cluster snapshot delete NAME",
): unknown {
  if (!isDiskFull(error)) return error;
  // A layout that is being filled is gone when this is read.
  const place = basename(path).startsWith(".") ? dirname(path) : path;
  return new K3dError("NO_SPACE", `No space is left on the disk of ${place}`, {
    hint,
    cause: error,
  });
}
