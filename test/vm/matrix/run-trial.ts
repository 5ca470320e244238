import { say } from "../../engine/host/script.ts";
import type { StepResult, TrialResult } from "./results.ts";
import { imageImport, registryCreate, registryPushAndPull } from "./steps/images.ts";
import {
  create,
  engineRestart,
  kubectl,
  reboot,
  remove,
  runtimeInfo,
  start,
  stop,
} from "./steps/lifecycle.ts";
import type { Trial } from "./trial.ts";

export interface Step {
  readonly name: string;
  readonly run: (trial: Trial) => Promise<void>;
  /** Steps without which this one says nothing. */
  readonly needs?: readonly string[];
  /** Belongs to the short form too. */
  readonly short?: boolean;
  /** Why it cannot be on an engine. */
  readonly notOn?: (trial: Trial) => string | undefined;
}

const CLUSTER = { needs: ["create"] };

/** In the order of a cluster's life. */
export const STEPS: readonly Step[] = [
  { name: "runtime-info", run: runtimeInfo },
  { name: "registry create", run: registryCreate },
  { name: "create", run: create, short: true },
  { name: "kubectl", run: kubectl, short: true, ...CLUSTER },
  { name: "stop", run: stop, short: true, ...CLUSTER },
  { name: "start", run: start, short: true, ...CLUSTER },
  { name: "image import", run: imageImport, ...CLUSTER },
  { name: "push and pull", run: registryPushAndPull, needs: ["create", "registry create"] },
  {
    name: "engine restart",
    run: engineRestart,
    ...CLUSTER,
    notOn: ({ engine }) => (engine.restart === undefined ? "has no daemon" : undefined),
  },
  { name: "reboot", run: reboot, short: true, ...CLUSTER },
  { name: "delete", run: remove, short: true },
];

export interface TrialOptions {
  readonly short: boolean;
  /** What the engine is given before. */
  readonly setUp?: () => Promise<void>;
  /** Told after each step. */
  readonly onStep: (result: TrialResult) => Promise<void>;
}

/**
 * Runs all steps that can be run; a failed one does not end the trial.
 *
 * @param all the steps to choose from; those of the matrix by default
 */
export async function runTrial(
  trial: Trial,
  options: TrialOptions,
  all: readonly Step[] = STEPS,
): Promise<TrialResult> {
  const chosen = all.filter(({ short }) => short === true || !options.short);
  const steps: StepResult[] = [];
  let version = trial.engine.title;
  try {
    await trial.engine.prepare(trial.user);
    await options.setUp?.();
    trial.before = await trial.objects();
    version = await trial.engine.version(trial.user);
  } catch (error) {
    steps.push(...withoutEngine(chosen, error));
    say(`${trial.engine.id} ${trial.shapeName}: ${steps[0]?.detail ?? ""}`);
  }
  const result: TrialResult = {
    engine: trial.engine.id,
    version,
    shape: trial.shapeName,
    node: trial.nodeVersion,
    date: new Date().toISOString().slice(0, 10),
    steps,
  };
  if (steps.length > 0) await options.onStep(result);
  for (const step of chosen.slice(steps.length)) {
    const done = await runStep(step, trial, steps);
    const detail = done.detail === undefined ? "" : `: ${done.detail}`;
    say(
      `${trial.engine.id} ${trial.shapeName} ${step.name}: ${done.outcome} (${done.seconds} s)${detail}`,
    );
    steps.push(done);
    await options.onStep(result);
  }
  return result;
}

/** An engine that cannot be set up fails the trial from its first step on, and no other trial. */
function withoutEngine(steps: readonly Step[], error: unknown): StepResult[] {
  return steps.map(({ name }, index) =>
    index === 0
      ? { step: name, outcome: "failed", seconds: 0, detail: `set-up: ${messageOf(error)}` }
      : { step: name, outcome: "not run", seconds: 0, detail: "the set-up failed" },
  );
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

async function runStep(
  step: Step,
  trial: Trial,
  before: readonly StepResult[],
): Promise<StepResult> {
  const reason = step.notOn?.(trial);
  const missing = step.needs?.find(
    (needed) => before.find((other) => other.step === needed)?.outcome !== "passed",
  );
  if (reason !== undefined)
    return { step: step.name, outcome: "not applicable", seconds: 0, detail: reason };
  if (missing !== undefined)
    return { step: step.name, outcome: "not run", seconds: 0, detail: `${missing} failed` };
  const started = performance.now();
  const seconds = (): number => Math.round((performance.now() - started) / 100) / 10;
  try {
    await step.run(trial);
    return { step: step.name, outcome: "passed", seconds: seconds() };
  } catch (error) {
    return { step: step.name, outcome: "failed", seconds: seconds(), detail: messageOf(error) };
  }
}
