import { isK3dError, type K3dError } from "../errors/index.js";
import type { MachineState } from "../runtime/runtime.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** A machine with an engine of its own. */
export interface Machine {
  /** As the user calls it. */
  name: string;
  /** The connection to its engine, or why there is none. */
  engine: ContainerRuntime | K3dError;
}

/**
 * Whether an engine that failed so, when it was only asked what it has, counts as one that does not
 * answer: be it silent or broken, what is on its machine is not known.
 */
export function isOutOfReach(error: unknown): error is K3dError {
  return isK3dError(error, "RUNTIME_UNAVAILABLE", "RUNTIME_ERROR", "COMMAND_FAILED", "TIMEOUT");
}

/** The machines of `runtime` that do not answer; none where it is one engine. */
export function unreachableMachines(runtime: Pick<ContainerRuntime, "machines">): MachineState[] {
  return (runtime.machines ?? []).filter(({ reachable }) => !reachable);
}
