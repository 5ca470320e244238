import { hostname } from "node:os";
import { join } from "node:path";
import { isK3dError } from "../../errors/index.js";
import type { ClusterView } from "../../node/views.js";
import { runSteps, type Step } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";
import { HOLDER, OWNER_RUNS, takeTurn, type Turn } from "./turn.js";

/** Milliseconds between two looks whether another command is done. */
const LOOK_MS = 100;

/**
 * Lets the commands of one user change a cluster one after the other: each replaces and settles what it finds, and would
 * take half-done work of another one for what a killed command left. Not for what begins or ends a cluster, nor around
 * hooks, which may change it themselves.
 *
 * @param work observes the cluster anew: what was seen before another command's turn is old.
 * @throws `LOCKED` when a command on another machine has the turn, which may be over.
 */
export async function oneAtATime<Result>(
  cluster: ClusterView,
  deps: TurnDeps,
  options: OperationOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const end = await beginTurn(cluster, deps, options);
  try {
    return await work();
  } finally {
    await end();
  }
}

type TurnDeps = Pick<Collaborators, "settings" | "events" | "clock">;

/**
 * As {@link oneAtATime}, for what has hooks on its way.
 *
 * @returns what ends the turn; to be called in any case, and may be called again.
 */
export async function beginTurn(
  cluster: ClusterView,
  deps: TurnDeps,
  { signal }: OperationOptions,
): Promise<() => Promise<void>> {
  const { turnDirectory, process } = deps.settings;
  if (turnDirectory === undefined || process === undefined) return () => Promise.resolve();
  const turn: Turn = {
    path: join(turnDirectory, `changing-${keyOf(cluster)}`),
    taken: `Another command is changing cluster '${cluster.name}'`,
  };
  let holder = "";
  const take = (): Promise<(() => Promise<void>) | undefined> =>
    takeTurn(turn, process).catch((error: unknown) => {
      // A directory that is full or gone keeps nobody from working.
      if (!isK3dError(error)) return () => Promise.resolve();
      if (!isK3dError(error, "LOCKED") || error.details?.[OWNER_RUNS] !== true) throw error;
      holder = String(error.details[HOLDER]);
      return undefined;
    });
  const end = await take();
  if (end !== undefined) return end;
  let waited: (() => Promise<void>) | undefined;
  const step: Step = {
    id: "turn",
    title: `Wait for another command that changes cluster ${cluster.name}`,
    run: async ({ signal: inner, progress }) => {
      // For whoever finds that nothing goes on there.
      progress(`of process ${holder.split(":")[1] ?? holder}, by ${turn.path}`);
      while ((waited ??= await take()) === undefined) await deps.clock.sleep(LOOK_MS, inner);
    },
  };
  try {
    await runSteps([step], { ...deps, signal, rollback: false });
  } catch (error) {
    await waited?.();
    throw error;
  }
  return waited ?? (() => Promise.resolve());
}

/** By its name, since all else of a cluster may be replaced; another machine with the same home has turns of its own. */
function keyOf({ name, runtime }: ClusterView): string {
  return [hostname(), runtime, name]
    .join("-")
    .replaceAll(/[^\w-]/g, "-")
    .slice(-KEY_LENGTH);
}

/** Characters; names of files end at 255. */
const KEY_LENGTH = 150;
