import { criticalPath } from "./critical-path.js";
import type { TimedStep } from "./timeline.js";

/** What `--timings` prints of a command with `--json`; times are whole milliseconds since the process began. */
export interface TimingsJson {
  type: "timings";
  /** The whole time. */
  elapsedMs: number;
  /** What decided it, in order and without a gap; a part without a step has neither `id` nor `title`. */
  criticalPath: { id?: string; title?: string; startMs: number; elapsedMs: number }[];
  steps: {
    id: string;
    title: string;
    startMs: number;
    elapsedMs: number;
    outcome: string;
    undo: boolean;
    needs: string[];
  }[];
}

export function timingsJson(steps: readonly TimedStep[], end: number): TimingsJson {
  return {
    type: "timings",
    elapsedMs: Math.round(end),
    criticalPath: criticalPath(steps, end).map(({ step, from, to }) => ({
      id: step?.id,
      title: step?.title,
      ...span(from, to),
    })),
    steps: steps.map(({ id, title, startedAt, endedAt = end, outcome, undo, needs }) => ({
      id,
      title,
      ...span(startedAt, endedAt),
      outcome: outcome ?? "running",
      undo,
      needs: needs.map((need) => need.id),
    })),
  };
}

const span = (from: number, to: number): { startMs: number; elapsedMs: number } => ({
  startMs: Math.round(from),
  elapsedMs: Math.round(to) - Math.round(from),
});

/** Parts without a step that are shorter than this many milliseconds are not worth a line. */
const NEGLIGIBLE_MS = 10;

/** The critical path for people, without a final line break. */
export function timingsText(steps: readonly TimedStep[], end: number): string {
  if (steps.length === 0) return `Took ${seconds(end)}, without any step.`;
  const path = criticalPath(steps, end);
  const inSteps = path.reduce((sum, { step, from, to }) => sum + (step ? to - from : 0), 0);
  const rows = path.flatMap(({ step, from, to }, index) => {
    if (step === undefined && to - from < NEGLIGIBLE_MS) return [];
    return [
      [
        seconds(from),
        seconds(to - from),
        step === undefined ? gap(index, path.length) : titleOf(step),
      ],
    ];
  });
  const widths = [0, 1].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), 5),
  );
  const lines = [["AT", "TOOK", "STEP"], ...rows].map(([at = "", took = "", title = ""]) =>
    `${at.padStart(widths[0] ?? 0)}   ${took.padStart(widths[1] ?? 0)}   ${title}`.trimEnd(),
  );
  const count = path.filter(({ step }) => step !== undefined).length;
  const also = steps.length - count;
  return [
    `Took ${seconds(end)}, of which ${seconds(inSteps)} in ${count} ${count === 1 ? "step" : "steps"} that waited for each other (${also} in parallel):`,
    ...lines,
  ].join("\n");
}

function gap(index: number, parts: number): string {
  if (index === 0) return "(start, connection and plan)";
  return index === parts - 1 ? "(end)" : "(between steps)";
}

function titleOf({ title, undo, outcome }: TimedStep): string {
  const how = outcome === "finished" ? "" : ` (${outcome ?? "not ended"})`;
  return `${undo ? "Undo: " : ""}${title}${how}`;
}

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
