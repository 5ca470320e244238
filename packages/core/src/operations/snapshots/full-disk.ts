import { K3dError } from "../../errors/index.js";

/** What the system says of a disk that is full, or of a user's share of it. */
const FULL = new Set(["ENOSPC", "EDQUOT"]);

/** A failure to write as `NO_SPACE` where that is what it is; any other as it was. */
export function toNoSpace(error: unknown, path: string): unknown {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (!FULL.has(code)) return error;
  return new K3dError("NO_SPACE", `There is no room left on the disk of ${path}`, {
    hint: "Make room, or delete snapshots: k3d cluster snapshot delete NAME",
    cause: error,
  });
}
