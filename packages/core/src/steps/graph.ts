import {
  K3dError,
  abortError,
  abortable,
  joinHints,
  throwIfAborted,
  toK3dError,
} from "../errors/index.js";
import type { EventSink, StepContext } from "../events/index.js";
import type { Clock } from "../model/clock.js";

/** One part of an operation. Steps that do not need each other run at once. */
export interface Step {
  id: string;
  /** For people. */
  title: string;
  /** Ids of steps that must have finished first. */
  needs?: readonly string[];
  run(context: StepContext): Promise<void>;
  /**
   * Takes back what `run` did, however far it came; must succeed when there is
   * nothing to take back. Not called for a step that never started.
   */
  undo?(context: { signal: AbortSignal }): Promise<void>;
}

export interface RunStepsOptions {
  events: EventSink;
  clock: Clock;
  signal?: AbortSignal | undefined;
  /** Undo on failure. Default `true`. */
  rollback?: boolean | ((failure: K3dError) => boolean);
  /** A failure stops only what needs the failed step; all else is still done. For removals. Default `false`. */
  goOn?: boolean;
  /** Command that removes what could not be undone. */
  removeWith?: string;
  /** Milliseconds for the undo of one step. Default 60 000. */
  undoTimeoutMs?: number;
}

/**
 * Runs a graph of steps. On the first failure all running ones are aborted and
 * awaited; then everything that was started is undone in reverse order.
 *
 * @throws the first failure, after the undo. What could not be undone is in
 * `details.leftBehind`.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<void> {
  const started: Step[] = [];
  try {
    await runGraph(steps, started, options);
  } catch (error) {
    const failure = toK3dError(error);
    const { rollback = true } = options;
    const wanted = typeof rollback === "function" ? rollback(failure) : rollback;
    if (!wanted || started.length === 0) throw failure;
    const leftBehind = await undoAll(started, options);
    if (leftBehind.length === 0) throw failure;
    const removal =
      options.removeWith === undefined ? "" : ` Remove it with: ${options.removeWith}`;
    throw new K3dError(failure.code, failure.message, {
      hint: joinHints(
        failure.hint,
        `What these steps did may be left: ${leftBehind.join("; ")}.${removal}`,
      ),
      cause: failure,
      details: { ...failure.details, leftBehind },
    });
  }
}

async function runGraph(
  steps: readonly Step[],
  started: Step[],
  options: RunStepsOptions,
): Promise<void> {
  const failing = new AbortController();
  const outer = options.signal;
  const signal = outer === undefined ? failing.signal : AbortSignal.any([outer, failing.signal]);
  const done = new Map<string, Promise<void>>();
  let firstError: unknown;

  const runOne = async (step: Step): Promise<void> => {
    // Steps may need others that stand after them: all are known one turn later.
    await Promise.resolve();
    await Promise.all((step.needs ?? []).map((id) => required(done, step, id)));
    throwIfAborted(signal);
    started.push(step);
    // Another one failed, or the user wants no more: that is no failure of this step.
    await tracked(step, options, (progress) => step.run({ signal, progress }), {
      isCutOff: () => signal.aborted,
    });
  };
  const start = (step: Step): Promise<void> => {
    const promise = runOne(step).catch((error: unknown) => {
      firstError ??= outer?.aborted ? abortError(outer) : error;
      if (options.goOn !== true) failing.abort(firstError);
      throw error;
    });
    // The failure is reported once, below; this keeps it from being unhandled as well.
    promise.catch(() => {});
    return promise;
  };
  for (const step of steps) done.set(step.id, start(step));
  await Promise.allSettled(done.values());
  if (firstError !== undefined) throw firstError;
  if (outer !== undefined) throwIfAborted(outer);
}

function required(done: ReadonlyMap<string, Promise<void>>, step: Step, id: string): Promise<void> {
  const needed = done.get(id);
  if (needed === undefined)
    throw new K3dError("INTERNAL", `Step '${step.id}' needs '${id}', which is nowhere`);
  return needed;
}

/** Undoes every started step once all started steps that needed it are undone. */
async function undoAll(started: readonly Step[], options: RunStepsOptions): Promise<string[]> {
  const leftBehind: string[] = [];
  const undone = new Map<string, Promise<void>>();
  for (const step of started.toReversed()) {
    const dependents = started
      .filter(({ needs }) => needs?.includes(step.id))
      .flatMap(({ id }) => undone.get(id) ?? []);
    undone.set(
      step.id,
      Promise.all(dependents).then(() => undoOne(step, options, leftBehind)),
    );
  }
  await Promise.all(undone.values());
  return leftBehind;
}

async function undoOne(step: Step, options: RunStepsOptions, leftBehind: string[]): Promise<void> {
  const undo = step.undo?.bind(step);
  if (undo === undefined) return;
  const limit = options.undoTimeoutMs ?? 60_000;
  const signal = AbortSignal.timeout(limit);
  const inTime = async (): Promise<void> => {
    try {
      // Not every call can be cut off; what hangs is left behind rather than waited for.
      await abortable(undo({ signal }), signal);
    } catch (cause) {
      if (!signal.aborted) throw cause;
      throw new K3dError("TIMEOUT", `not finished within ${limit / 1000} s`, { cause });
    }
  };
  try {
    await tracked(step, options, inTime, { undo: true });
  } catch (error) {
    leftBehind.push(`${step.title}: ${toK3dError(error).message}`);
  }
}

async function tracked(
  { id, title, needs = [] }: Step,
  { events, clock }: RunStepsOptions,
  work: (progress: StepContext["progress"]) => Promise<void>,
  { undo = false, isCutOff = () => false }: { undo?: boolean; isCutOff?: () => boolean } = {},
): Promise<void> {
  const since = clock.now();
  const mark = undo ? { undo: true } : {};
  const waited = undo || needs.length === 0 ? {} : { needs: [...needs] };
  events.emit({ type: "step.started", id, title, ...mark, ...waited });
  try {
    await work((message, current, total) =>
      events.emit({
        type: "step.progress",
        id,
        title,
        message,
        current,
        total,
      }),
    );
    events.emit({ type: "step.finished", id, title, elapsedMs: clock.now() - since, ...mark });
  } catch (error) {
    const { code, message, hint } = toK3dError(error);
    if (isCutOff()) {
      events.emit({ type: "step.cancelled", id, title, elapsedMs: clock.now() - since, ...mark });
      throw error;
    }
    events.emit({
      type: "step.failed",
      id,
      title,
      elapsedMs: clock.now() - since,
      error: { code, message, hint },
      ...mark,
    });
    throw error;
  }
}
