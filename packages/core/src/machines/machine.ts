import type { MachineState } from "../runtime/runtime.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { K3dError } from "../errors/index.js";

/** A machine with an engine of its own. */
export interface Machine {
  /** As the user calls it. */
  name: string;
  /** The connection to its engine, or why there is none. */
  engine: ContainerRuntime | K3dError;
}

/** The machines of `runtime` that do not answer; none where it is one engine. */
export function unreachableMachines(runtime: Pick<ContainerRuntime, "machines">): MachineState[] {
  return (runtime.machines ?? []).filter(({ reachable }) => !reachable);
}
