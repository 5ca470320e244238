import type { ResolvedHook } from "../../config/resolved-config.js";
import type { HookMoment, LifecycleOperation } from "../../model/moments.js";
import type { PayloadOf } from "../../lifecycle/hooks.js";
import { firstServer } from "../../node/find.js";
import type { ClusterView } from "../../node/views.js";
import { readHooks } from "../../observe/kept-hooks.js";
import { listNodes } from "../../observe/nodes.js";
import { readKeptHooks } from "../../plan/kept-hooks.js";
import { runSteps, type Step } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { HookOptions } from "../options.js";
import { runCommandHook, titleOf } from "./command-hook.js";
import type { LifecycleEvent } from "./event.js";
import { hookOf, runParticipantHook } from "./participant-hook.js";

/**
 * What is to be done at a moment, one after the other: the hooks of plug-ins, then those of the config
 * file in its order. Each is a step that others may need, or that undoes them by failing.
 */
export async function hookSteps(
  event: LifecycleEvent,
  hooks: readonly ResolvedHook[],
  deps: Collaborators,
  needs: readonly string[] = [],
): Promise<Step[]> {
  const { moment } = event;
  const steps: Step[] = [];
  const add = (title: string, run: Step["run"]): void => {
    const before = steps.at(-1);
    steps.push({
      id: `hook:${moment}:${steps.length}`,
      title,
      needs: before === undefined ? needs : [before.id],
      run,
    });
  };
  for (const participant of (await deps.lifecycle?.participants()) ?? []) {
    const hook = hookOf(participant, moment);
    if (hook === undefined) continue;
    add(`Run hook ${moment} of ${participant.name}`, (context) =>
      runParticipantHook(participant, hook, event, deps, context),
    );
  }
  for (const hook of hooks.filter(({ when }) => when === moment)) {
    add(`Run hook ${moment} ${titleOf(hook)}`, (context) =>
      runCommandHook(hook, event, deps, context),
    );
  }
  return steps;
}

/** Runs the hooks of a moment. @returns how many there were. @throws `HOOK_REFUSED`, `HOOK_FAILED`. */
export async function runHooks(
  event: LifecycleEvent,
  hooks: readonly ResolvedHook[],
  deps: Collaborators,
  { signal }: { signal?: AbortSignal | undefined },
): Promise<number> {
  const steps = await hookSteps(event, hooks, deps);
  if (steps.length > 0) await runSteps(steps, { ...deps, signal, rollback: false });
  return steps.length;
}

/** A moment of a cluster, whose nodes are asked for when a hook needs them. */
export function lifecycleEvent<Moment extends HookMoment>(
  moment: Moment,
  cluster: string,
  { runtime }: Pick<Collaborators, "runtime">,
  more: Omit<PayloadOf<Moment>, "moment" | "cluster" | "runtime">,
): LifecycleEvent {
  const payload = { moment, cluster, runtime: runtime.name, ...more };
  return {
    moment,
    payload: payload as unknown as LifecycleEvent["payload"],
    nodes: async (signal) =>
      (await listNodes(runtime, { signal })).filter((node) => node.cluster === cluster),
  };
}

/**
 * The one place that an operation on a cluster that exists goes through: hooks before it, the
 * operation, hooks after it. What was done stays when a hook after it fails.
 *
 * @param more what payloads have: `before` besides the cluster, `after` instead of it.
 */
export async function withHooks<Result>(
  operation: Exclude<LifecycleOperation, "create">,
  view: ClusterView,
  deps: Collaborators,
  options: HookOptions,
  work: (hooksRan: boolean) => Promise<Result>,
  more: { before?: object; after?: (result: Result) => object } = {},
): Promise<Result> {
  const hooks = await chooseHooks(operation, view, deps, options);
  const event = (side: "before" | "after", extra: object): LifecycleEvent =>
    lifecycleEvent(`${side}-${operation}`, view.name, deps, extra as never);
  const before = { view, ...more.before };
  const ran = await runHooks(event("before", before), hooks, deps, options);
  const result = await work(ran > 0);
  await runHooks(event("after", more.after?.(result) ?? before), hooks, deps, options);
  return result;
}

/** Those of the file that the caller names, else those that the cluster keeps. */
async function chooseHooks(
  operation: LifecycleOperation,
  { name, nodes }: ClusterView,
  { runtime, events }: Pick<Collaborators, "runtime" | "events">,
  options: HookOptions,
): Promise<readonly ResolvedHook[]> {
  if (options.hooks !== undefined) return options.hooks;
  // All servers keep the same, unless one was made by another tool.
  const { signal } = options;
  const kept = await readHooks(runtime, firstServer(nodes), { signal });
  const { hooks, onHost } = readKeptHooks(kept);
  const left = onHost.filter((moment) => moment.endsWith(`-${operation}`));
  if (left.length > 0) {
    events.emit({
      type: "log",
      level: "info",
      message: `Hooks of cluster ${name} for this host do not run at ${[...new Set(left)].join(" and ")}: name its config file with --config to run them`,
    });
  }
  return hooks;
}
