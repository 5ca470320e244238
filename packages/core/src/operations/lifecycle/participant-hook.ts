import { formatDuration } from "../../config/durations.js";
import { K3dError, abortable, abortError, toK3dError } from "../../errors/index.js";
import type { StepContext } from "../../events/index.js";
import type { LifecycleHook, LifecycleHooks, Refusal } from "../../lifecycle/hooks.js";
import type { LifecycleParticipant } from "../../lifecycle/lifecycle.js";
import type { HookMoment } from "../../model/moments.js";
import type { Collaborators } from "../../steps/world.js";
import { type LifecycleEvent, failureCode, outcomeText } from "./event.js";
import { kubeconfigOf } from "./kubeconfig-of.js";

const DEFAULT_TIMEOUT_MS = 300_000;

/** Those whose hooks turned out to be broken: told of once, and not asked again. */
const broken = new WeakSet<LifecycleParticipant>();

type AnyHook = LifecycleHook<LifecycleEvent["payload"]>;

/** What a participant does at a moment; `undefined` for nothing. */
export function hookOf(participant: LifecycleParticipant, moment: HookMoment): AnyHook | undefined {
  const name = moment.replace(/-(.)/, (_, letter: string) => letter.toUpperCase());
  const hook: unknown = participant.hooks[name as keyof LifecycleHooks];
  return typeof hook === "function" ? (hook.bind(participant.hooks) as AnyHook) : undefined;
}

/**
 * Runs one hook of a plug-in. One that is broken or takes too long is told of and passed over.
 *
 * @throws `HOOK_REFUSED` or `HOOK_FAILED` when it says no.
 */
export async function runParticipantHook(
  participant: LifecycleParticipant,
  hook: AnyHook,
  event: LifecycleEvent,
  deps: Collaborators,
  { signal: outer, progress }: StepContext,
): Promise<void> {
  if (broken.has(participant)) return;
  const { name, timeoutMs = DEFAULT_TIMEOUT_MS } = participant;
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([outer, limit]);
  const { runtime } = deps;
  const kubeconfig = (): Promise<string | undefined> =>
    kubeconfigOf(event.payload.cluster, deps, signal);
  let answer: unknown;
  try {
    const work = Promise.resolve().then(() =>
      hook(structuredClone(event.payload), { signal, progress, runtime, kubeconfig }),
    );
    answer = await abortable(work, signal);
  } catch (error) {
    if (outer.aborted) throw abortError(outer);
    broken.add(participant);
    const reason = limit.aborted
      ? `it did not end within ${formatDuration(timeoutMs)}`
      : toK3dError(error).message;
    deps.events.emit({
      type: "warning",
      message: `The hook ${event.moment} of the plug-in ${name} is skipped: ${reason}`,
      hint: `See: k3d plugins inspect ${name}`,
    });
    return;
  }
  if (!isRefusal(answer)) return;
  const { refuse, hint } = answer;
  throw new K3dError(
    failureCode(event.moment),
    `${outcomeText(event)}: the plug-in ${name} refuses: ${refuse}`,
    {
      ...(typeof hint === "string" ? { hint } : {}),
      details: { moment: event.moment, plugin: name },
    },
  );
}

const isRefusal = (answer: unknown): answer is Refusal =>
  typeof answer === "object" &&
  answer !== null &&
  typeof (answer as Partial<Refusal>).refuse === "string";
