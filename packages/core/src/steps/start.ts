import { K3dError, isK3dError } from "../errors/index.js";
import type { Role } from "../model/roles.js";
import type { Step } from "./graph.js";
import type { World } from "./world.js";

/** Details of a `PORT_IN_USE` on a port that k3d chose: another choice may work. */
export const CHOSEN_PORT = "chosenPort";

/** @param chosen whether host ports of it were left to k3d. */
export function startStep(
  { name, role }: { name: string; role: Role },
  { runtime }: Pick<World, "runtime">,
  needs: readonly string[],
  chosen = false,
): Step {
  return {
    id: `start:${name}`,
    title: `Start ${role} ${name}`,
    needs,
    async run({ signal }) {
      try {
        await runtime.containers.start(name, { signal });
      } catch (error) {
        if (!chosen || !isK3dError(error, "PORT_IN_USE")) throw error;
        throw new K3dError("PORT_IN_USE", error.message, {
          hint: error.hint,
          details: { ...error.details, [CHOSEN_PORT]: true },
          cause: error,
        });
      }
    },
  };
}

export function unpauseStep(
  { name, role }: { name: string; role: Role },
  { runtime }: Pick<World, "runtime">,
): Step {
  return {
    id: `start:${name}`,
    title: `Resume ${role} ${name}`,
    run: ({ signal }) => runtime.containers.unpause(name, { signal }),
  };
}
