/** One line of a benchmark's outcome. */
export interface Row {
  /** What was measured. */
  name: string;
  /** Milliseconds it took, the median; `NaN` when it failed. */
  milliseconds: number;
  /** The least and the most of what was measured, in milliseconds. */
  range?: [least: number, most: number];
  /** How many times as long it took as what it is compared with; for the plot. */
  ratio?: number;
  /** What it is compared with, measured in the same run. */
  against: string;
  /** How the two compare, for people: `1.31 ×` or `+0.8 s`. */
  comparison: string;
  /** The most the comparison may be, for people. Absent: measured for information only. */
  budget?: string;
  /** Whether the budget is kept; true without one. */
  met: boolean;
}

/** A module in `test/bench` whose name ends in `.bench.ts`. */
export interface Benchmark {
  default: () => Promise<Row[]>;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].toSorted((one, other) => one - other);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle];
  if (upper === undefined) throw new Error("the median of nothing is asked for");
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** The median of what was measured, with its range. @throws when there is nothing */
export function measured(values: readonly number[]): Pick<Row, "milliseconds" | "range"> {
  return { milliseconds: median(values), range: [Math.min(...values), Math.max(...values)] };
}

/** What the others are compared with. */
export function asBaseline(name: string, values: readonly number[]): Row {
  return { name, ...measured(values), against: "", comparison: "", met: true };
}

/** Compares the medians of two series by factor. */
export function compared(
  name: string,
  values: readonly number[],
  against: string,
  others: readonly number[],
  budget?: number,
): Row {
  const ratio = median(values) / median(others);
  return { ...asRatio(name, median(values), against, ratio, budget), ...measured(values) };
}

/** Compares by factor. */
export function asRatio(
  name: string,
  milliseconds: number,
  against: string,
  ratio: number,
  budget?: number,
): Row {
  return {
    name,
    milliseconds,
    against,
    ratio,
    comparison: `${ratio.toFixed(2)} ×`,
    ...(budget === undefined ? {} : { budget: `${budget} ×` }),
    met: budget === undefined || ratio <= budget,
  };
}

/** Compares by what it takes longer, in milliseconds. */
export function asExtra(
  name: string,
  milliseconds: number,
  against: string,
  extra: number,
  budget: number,
): Row {
  const seconds = (value: number): string =>
    `${value < 0 ? "-" : "+"}${Math.abs(value / 1000).toFixed(2)} s`;
  return {
    name,
    milliseconds,
    against,
    comparison: seconds(extra),
    budget: seconds(budget),
    met: extra <= budget,
  };
}

/** What could not be measured counts as missed. */
export function asFailure(name: string, reason: string): Row {
  const comparison = `failed: ${reason.trimEnd().split("\n").at(-1) ?? ""}`;
  return { name, milliseconds: Number.NaN, against: "", comparison, met: false };
}
