import { join } from "node:path";
import { say } from "../../engine/host/script.ts";
import { testImage } from "../../images/catalog.ts";
import type { Machine } from "../machine/machine.ts";
import { CACHE, CHECKOUT } from "../machine/places.ts";
import type { Suite } from "../machine/suites.ts";
import type { EngineUnderTest } from "./engine.ts";
import { provideImages } from "./images.ts";
import {
  countsOf,
  merged,
  readResults,
  writeResults,
  type Counts,
  type MachineResults,
  type TrialResult,
} from "./results.ts";
import { runTrial, STEPS } from "./run-trial.ts";
import { runConformance } from "./suites-of-tests.ts";
import { matrixTable } from "./table.ts";
import { Trial } from "./trial.ts";

export interface MatrixPlan {
  readonly engines: readonly EngineUnderTest[];
  readonly shapes: readonly string[];
  readonly conformance: readonly EngineUnderTest[];
  readonly short: boolean;
}

/** Committed results: what the documentation's table of support is made of. */
export const recordedResults = (suite: string): string =>
  join(CHECKOUT, "test/vm/results", `${suite}.json`);

/**
 * Runs what the plan names, one after the other, and keeps the results after each step.
 *
 * @returns the counts, in the form of a report of vitest
 */
export async function runMatrix(
  machine: Machine,
  suite: Suite,
  plan: MatrixPlan,
  record: boolean,
): Promise<Counts> {
  const about = {
    suite: suite.name,
    kernel: (await machine.shell("root").run(["uname", "-r"])).trim(),
    nodeImage: testImage("k3s-stand-in").offline,
  };
  const finished: TrialResult[] = [];
  const keep = async (current?: TrialResult): Promise<void> => {
    const trials = current === undefined ? finished : [...finished, current];
    await save({ ...about, trials }, record);
  };
  for (const engine of plan.engines) {
    for (const shape of plan.shapes) {
      const trial = new Trial(machine, engine, shape);
      const setUp = (): Promise<void> => provideImages(trial.user, engine);
      finished.push(await runTrial(trial, { short: plan.short, setUp, onStep: keep }));
    }
  }
  for (const engine of plan.conformance) {
    const shell = machine.shell(engine.user);
    await engine.prepare(shell);
    await provideImages(shell, engine);
    finished.push(await runConformance(machine, engine));
    await keep();
  }
  const steps = STEPS.filter(({ short }) => short === true || !plan.short).map(({ name }) => name);
  say(`\n${matrixTable({ ...about, trials: finished }, [...steps, "conformance"])}\n`);
  return countsOf(finished);
}

async function save(results: MachineResults, record: boolean): Promise<void> {
  const files = [join(CACHE, `results-${results.suite}.json`)];
  if (record) files.push(recordedResults(results.suite));
  for (const file of files) await writeResults(file, merged(await readResults(file), results));
}
