import type { MachineResults, StepResult, TrialResult } from "./results.ts";

/** The matrix as a table of Markdown: a row for each trial, a column for each step. */
export function matrixTable({ trials }: MachineResults, steps: readonly string[]): string {
  const rows = trials
    .filter((trial) => trial.steps.some(({ step }) => steps.includes(step)))
    .map((trial) => [
      trial.version,
      trial.engine,
      trial.shape,
      major(trial),
      ...cells(trial, steps),
    ]);
  return table(["version", "engine", "servers + agents", "Node", ...steps], rows);
}

function major({ node }: TrialResult): string {
  return node.split(".").slice(0, 2).join(".");
}

function cells(trial: TrialResult, steps: readonly string[]): string[] {
  return steps.map((name) => cell(trial.steps.find(({ step }) => step === name)));
}

function cell(result: StepResult | undefined): string {
  switch (result?.outcome) {
    case "passed":
      return `${Math.round(result.seconds)} s`;
    case "failed":
      return "**failed**";
    case "not applicable":
      return result.detail ?? "–";
    default:
      return "not run";
  }
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (fields: readonly string[]): string => `| ${fields.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
