import { K3dError } from "../errors/index.js";
import type { RuntimeInfo } from "../runtime/runtime.js";

/**
 * Refuses to make nodes where they cannot run, before anything is made.
 *
 * @throws `UNSUPPORTED`.
 */
export function refuseObstacles({ engine, obstacles = [] }: RuntimeInfo): void {
  if (obstacles.length === 0) return;
  throw new K3dError(
    "UNSUPPORTED",
    `Nodes cannot run on ${engine}: ${obstacles.map(({ reason }) => reason).join("; ")}`,
    {
      hint: obstacles
        .map(({ hint }) => `${hint[0]?.toUpperCase() ?? ""}${hint.slice(1)}`)
        .join(". "),
    },
  );
}
