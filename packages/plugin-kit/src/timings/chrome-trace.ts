import { criticalPath } from "./critical-path.js";
import type { TimedStep } from "./timeline.js";

/**
 * An event of the Trace Event Format, which chrome://tracing and ui.perfetto.dev read; times are microseconds.
 *
 * @see https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
 */
interface TraceEvent {
  name: string;
  ph: "X" | "M";
  pid: 1;
  tid: number;
  ts?: number;
  dur?: number;
  cat?: string;
  args?: Record<string, unknown>;
}

const PATH_LANE = 1;

/** The steps as a trace: the critical path on a line of its own, then each step on the first line that is free, its phases below it. */
export function chromeTrace(
  steps: readonly TimedStep[],
  end: number,
  command: string,
): { traceEvents: TraceEvent[]; displayTimeUnit: "ms" } {
  const path = criticalPath(steps, end);
  const lanes = laneOf(steps, end);
  const events = [
    named("process_name", 0, command),
    named("thread_name", PATH_LANE, "critical path"),
    ...[...new Set(lanes.values())].map((lane) =>
      named("thread_name", lane, `steps ${lane - PATH_LANE}`),
    ),
    ...path.flatMap(({ step, from, to }) =>
      step === undefined ? [] : [slice(step.title, "critical path", PATH_LANE, from, to)],
    ),
    ...steps.flatMap((step) => slices(step, lanes.get(step) ?? PATH_LANE, end)),
  ];
  return { traceEvents: events, displayTimeUnit: "ms" };
}

function slices(step: TimedStep, lane: number, end: number): TraceEvent[] {
  const { id, title, startedAt, endedAt = end, outcome = "running", undo, needs, phases } = step;
  const args = { id, outcome, needs: needs.map((need) => need.id) };
  return [
    { ...slice(title, undo ? "undo" : "step", lane, startedAt, endedAt), args },
    ...phases.map(({ message, at }, index) =>
      slice(message, "phase", lane, at, phases[index + 1]?.at ?? endedAt),
    ),
  ];
}

/** For each step a line on which no other one is at the same time. */
function laneOf(steps: readonly TimedStep[], end: number): Map<TimedStep, number> {
  const freeFrom: number[] = [];
  const lanes = new Map<TimedStep, number>();
  for (const step of steps.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const free = freeFrom.findIndex((at) => at <= step.startedAt);
    const lane = free === -1 ? freeFrom.length : free;
    freeFrom[lane] = step.endedAt ?? end;
    lanes.set(step, lane + PATH_LANE + 1);
  }
  return lanes;
}

function slice(name: string, cat: string, tid: number, from: number, to: number): TraceEvent {
  const ts = Math.round(from * 1000);
  return { name, cat, ph: "X", pid: 1, tid, ts, dur: Math.max(0, Math.round(to * 1000) - ts) };
}

function named(name: string, tid: number, value: string): TraceEvent {
  return { name, ph: "M", pid: 1, tid, args: { name: value } };
}
