import { K3dError, isK3dError } from "../errors/index.js";
import type { Role } from "../model/roles.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { neverRan } from "../readiness/never-ran.js";
import type { Step } from "./graph.js";
import type { World } from "./world.js";

/** Details of a `PORT_IN_USE` on a port that k3d chose: another choice may work. */
export const CHOSEN_PORT = "chosenPort";

export interface StartOptions {
  /** Whether host ports of it were left to k3d. Default `false`. */
  chosen?: boolean;
  /** Whether to look if it runs: nobody waits for it, and an engine may only claim to have started it. Default `false`. */
  look?: boolean;
}

export function startStep(
  { name, role }: { name: string; role: Role },
  { runtime }: Pick<World, "runtime">,
  needs: readonly string[],
  { chosen = false, look = false }: StartOptions = {},
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
      if (look) await requireStarted(name, runtime, { signal });
    },
  };
}

/** @throws `RUNTIME_ERROR` when it was never started, `CONTAINER_FAILED` when it has ended. */
export async function requireStarted(
  name: string,
  runtime: Pick<ContainerRuntime, "containers">,
  options: CallOptions,
): Promise<void> {
  const { status, exitCode } = await runtime.containers.inspect(name, options);
  if (status === "created") throw neverRan(name);
  if (status === "stopped") {
    throw new K3dError(
      "CONTAINER_FAILED",
      `${name} does not run after its start: it ended with exit code ${exitCode ?? "unknown"}`,
      { hint: `Look at its log: k3d logs ${name}` },
    );
  }
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
