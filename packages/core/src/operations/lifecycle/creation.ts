import type { ResolvedConfig } from "../../config/resolved-config.js";
import { FINISHED_STEP } from "../../steps/create-cluster.js";
import type { Step } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";
import { hookSteps, lifecycleEvent, runHooks } from "./run-hooks.js";

/** Runs the hooks before a cluster is made. @returns how many there were. @throws `HOOK_REFUSED`. */
export function runBeforeCreate(
  config: ResolvedConfig,
  deps: Collaborators,
  options: OperationOptions,
): Promise<number> {
  const { name } = config.metadata;
  const event = lifecycleEvent("before-create", name, deps, { config });
  return runHooks(event, config.hooks, deps, options);
}

/**
 * The steps of a creation with the hooks after it: when all else is done, but while it can still be
 * undone, and before the cluster counts as complete.
 */
export async function withAfterCreate(
  steps: readonly Step[],
  config: ResolvedConfig,
  deps: Collaborators,
): Promise<Step[]> {
  const event = lifecycleEvent("after-create", config.metadata.name, deps, { config });
  const made = steps.filter(({ id }) => id !== FINISHED_STEP).map(({ id }) => id);
  const hooks = await hookSteps(event, config.hooks, deps, made);
  const last = steps.map((step) =>
    step.id === FINISHED_STEP
      ? { ...step, needs: [...(step.needs ?? []), ...hooks.map(({ id }) => id)] }
      : step,
  );
  return [...last, ...hooks];
}
