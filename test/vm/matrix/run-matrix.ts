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
import { Meeting } from "./meeting.ts";
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
 * Runs what the plan names, one after the other but in the short form, and keeps the results after
 * each step.
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
  const results = new Map<string, TrialResult>();
  let writing = Promise.resolve();
  const keep = (result: TrialResult): Promise<void> => {
    results.set(`${result.engine} ${result.shape}`, result);
    writing = writing.then(() => save({ ...about, trials: [...results.values()] }, record));
    return writing;
  };
  const tryOut = (engine: EngineUnderTest, shape: string, reboots?: Meeting): Promise<unknown> => {
    const trial = new Trial(machine, engine, shape, reboots);
    const setUp = (): Promise<void> => provideImages(trial.user, engine);
    return runTrial(trial, { short: plan.short, setUp, onStep: keep });
  };
  for (const shape of plan.shapes) {
    if (plan.short)
      for (const engines of rounds(plan.engines)) await together(engines, machine, shape, tryOut);
    else for (const engine of plan.engines) await tryOut(engine, shape);
  }
  for (const engine of plan.conformance) {
    const shell = machine.shell(engine.user);
    await engine.prepare(shell);
    await provideImages(shell, engine);
    await keep(await runConformance(machine, engine));
  }
  const trials = [...results.values()];
  const steps = STEPS.filter(({ short }) => short === true || !plan.short).map(({ name }) => name);
  say(`\n${matrixTable({ ...about, trials }, [...steps, "conformance"])}\n`);
  return countsOf(trials);
}

/** Each with engines of different users: those of one share a kubeconfig. */
function rounds(engines: readonly EngineUnderTest[]): EngineUnderTest[][] {
  const byUser = Object.values(Object.groupBy(engines, ({ user }) => user));
  const longest = Math.max(0, ...byUser.map((own) => own.length));
  return Array.from({ length: longest }, (_, round) =>
    byUser.flatMap((own) => own.slice(round, round + 1)),
  );
}

/** All engines at once, with one reboot for them all. */
async function together(
  engines: readonly EngineUnderTest[],
  machine: Machine,
  shape: string,
  tryOut: (engine: EngineUnderTest, shape: string, reboots: Meeting) => Promise<unknown>,
): Promise<void> {
  const reboots = new Meeting(engines.length, () => machine.reboot());
  await Promise.all(
    engines.map((engine) => tryOut(engine, shape, reboots).finally(() => reboots.leave())),
  );
}

async function save(results: MachineResults, record: boolean): Promise<void> {
  const files = [join(CACHE, `results-${results.suite}.json`)];
  if (record) files.push(recordedResults(results.suite));
  for (const file of files) await writeResults(file, merged(await readResults(file), results));
}
