import type { TimedStep } from "./timeline.js";

/** A part of the time of a command, in milliseconds since the process began. */
export interface PathPart {
  /** The step; absent where none was under way that the next one waited for. */
  step?: TimedStep;
  from: number;
  to: number;
}

/**
 * The chain of steps that decided how long the command took: the one that ended last, the one that it waited for longest,
 * and so on. Between them, before the first and behind the last are parts without a step, so that all parts together are
 * the whole time.
 *
 * @param end milliseconds from the beginning of the process to the end of its work
 */
export function criticalPath(steps: readonly TimedStep[], end: number): PathPart[] {
  const parts: PathPart[] = [];
  let until = end;
  let step = lastEnded(steps);
  while (step !== undefined) {
    const to = Math.min(step.endedAt ?? end, until);
    const from = Math.min(step.startedAt, to);
    if (until > to) parts.push({ from: to, to: until });
    parts.push({ step, from, to });
    until = from;
    step = before(step, steps);
  }
  if (until > 0) parts.push({ from: 0, to: until });
  return parts.toReversed();
}

/** What the step waited for; where it waited for no step, the one that ended last before it began. */
function before(step: TimedStep, steps: readonly TimedStep[]): TimedStep | undefined {
  const earlier = steps.slice(0, steps.indexOf(step));
  const candidates = step.needs.length > 0 ? step.needs : earlier;
  // What went on beyond its start has not held it up.
  return lastEnded(
    candidates.filter(({ endedAt }) => endedAt !== undefined && endedAt <= step.startedAt),
  );
}

function lastEnded(steps: readonly TimedStep[]): TimedStep | undefined {
  const ended = ({ endedAt = Number.POSITIVE_INFINITY }: TimedStep): number => endedAt;
  return steps.toSorted((one, other) => ended(one) - ended(other)).at(-1);
}
