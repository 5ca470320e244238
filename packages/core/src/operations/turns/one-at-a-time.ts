import { join } from "node:path";
import { isK3dError } from "../../errors/index.js";
import { runSteps } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";
import { OWNER_RUNS, takeTurn, type Turn } from "./turn.js";

/** Milliseconds between two looks whether another command is done. */
const LOOK_MS = 100;

/**
 * Lets the commands of one user change a cluster one after the other: each replaces and settles what it finds, and would
 * take half-done work of another one for what a killed command left. Not for what begins or ends a cluster, nor around
 * hooks, which may change it themselves.
 *
 * @param work is told whether it had to wait, so that what was observed before is old.
 * @throws `LOCKED` when a command on another machine has the turn, which may be over.
 */
export async function oneAtATime<Result>(
  cluster: string,
  deps: Pick<Collaborators, "settings" | "runtime" | "events" | "clock">,
  { signal }: OperationOptions,
  work: (waited: boolean) => Promise<Result>,
): Promise<Result> {
  const { turnDirectory, process } = deps.settings;
  if (turnDirectory === undefined || process === undefined) return work(false);
  // It may be named with or without the prefix.
  const key = `${deps.runtime.name}-${cluster.replace(/^k3d-/, "")}`.replaceAll(/[^\w-]/g, "-");
  const turn: Turn = {
    path: join(turnDirectory, `changing-${key}`),
    taken: `Another command is changing cluster '${cluster}'`,
  };
  const take = (): Promise<(() => Promise<void>) | undefined> =>
    takeTurn(turn, process).catch((error: unknown) => {
      if (isK3dError(error, "LOCKED") && error.details?.[OWNER_RUNS] === true) return undefined;
      throw error;
    });
  let end = await take();
  const waited = end === undefined;
  if (end === undefined) {
    const step = {
      id: "turn",
      title: `Wait for another command that changes cluster ${cluster}`,
      run: async (context: { signal: AbortSignal }) => {
        while ((end ??= await take()) === undefined)
          await deps.clock.sleep(LOOK_MS, context.signal);
      },
    };
    await runSteps([step], { ...deps, signal, rollback: false });
  }
  try {
    return await work(waited);
  } finally {
    await end?.();
  }
}
