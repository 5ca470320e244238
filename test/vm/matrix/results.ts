import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

export type Outcome =
  | "passed"
  | "failed"
  /** The engine has no such thing, e.g. no daemon to restart. */
  | "not applicable"
  /** An earlier step that this one needs has failed. */
  | "not run";

export interface StepResult {
  readonly step: string;
  readonly outcome: Outcome;
  /** Seconds, as seen from outside. */
  readonly seconds: number;
  /** What was wrong, or why it was not run. */
  readonly detail?: string;
}

/** One engine with one shape of cluster. */
export interface TrialResult {
  readonly engine: string;
  /** Version of the engine. */
  readonly version: string;
  /** `SERVERS+AGENTS`; for a suite of tests its name. */
  readonly shape: string;
  /** Version of Node that the CLI ran with. */
  readonly node: string;
  readonly date: string;
  readonly steps: readonly StepResult[];
}

/** What is known of one machine. */
export interface MachineResults {
  readonly suite: string;
  readonly kernel: string;
  /** The node image, as the results are worth no more than it is. */
  readonly nodeImage: string;
  readonly trials: readonly TrialResult[];
}

/** Newer results of the same engine and shape take the place of older ones. */
export function merged(before: MachineResults | undefined, after: MachineResults): MachineResults {
  const key = ({ engine, shape }: TrialResult): string => `${engine} ${shape}`;
  const trials = new Map(before?.trials.map((trial) => [key(trial), trial]));
  for (const trial of after.trials) trials.set(key(trial), trial);
  return { ...after, trials: [...trials.values()] };
}

export async function readResults(file: string): Promise<MachineResults | undefined> {
  return existsSync(file)
    ? (JSON.parse(await readFile(file, "utf8")) as MachineResults)
    : undefined;
}

export async function writeResults(file: string, results: MachineResults): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}

/** The fields of a report of vitest that count tests. */
export interface Counts {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

/** A step that could not be run because of another's failure is a failure too. */
export function countsOf(trials: readonly TrialResult[]): Counts {
  const steps = trials.flatMap((trial) => trial.steps);
  const count = (...outcomes: Outcome[]): number =>
    steps.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    numPassedTests: count("passed"),
    numFailedTests: count("failed", "not run"),
    numPendingTests: count("not applicable"),
  };
}
