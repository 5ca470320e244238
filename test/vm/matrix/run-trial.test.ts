import { expect, it } from "vitest";
import type { TrialResult } from "./results.ts";
import { runTrial, type Step } from "./run-trial.ts";
import type { Trial } from "./trial.ts";

const passes = async (): Promise<void> => undefined;
const fails = async (): Promise<void> => {
  throw new Error("no such luck");
};

const trial = {
  engine: {
    id: "some",
    prepare: passes,
    version: async () => "Some 1.0",
  },
  shapeName: "1+1",
  nodeVersion: "24.0.0",
  objects: async () => ["network bridge"],
} as unknown as Trial;

const STEPS: readonly Step[] = [
  { name: "look", run: passes, short: true },
  { name: "make", run: fails, short: true },
  { name: "use", run: passes, short: true, needs: ["make"] },
  { name: "use again", run: passes, needs: ["use"] },
  { name: "restart", run: fails, short: true, notOn: () => "has no daemon" },
  { name: "remove", run: passes, short: true },
];

it("goes on after a failure with what can still be said, and tells the rest apart", async () => {
  const kept: number[] = [];
  const onStep = async ({ steps }: TrialResult): Promise<void> => void kept.push(steps.length);
  const result = await runTrial(trial, { short: false, onStep }, STEPS);
  expect(result).toMatchObject({
    engine: "some",
    version: "Some 1.0",
    shape: "1+1",
    node: "24.0.0",
  });
  expect(result.steps.map(({ step, outcome, detail }) => [step, outcome, detail])).toEqual([
    ["look", "passed", undefined],
    ["make", "failed", "no such luck"],
    ["use", "not run", "make failed"],
    ["use again", "not run", "use failed"],
    ["restart", "not applicable", "has no daemon"],
    ["remove", "passed", undefined],
  ]);
  expect(kept).toEqual([1, 2, 3, 4, 5, 6]);
  expect(trial.before).toEqual(["network bridge"]);
});

it("fails with an engine that cannot be set up, in words, and does not throw", async () => {
  const kept: TrialResult[] = [];
  const options = {
    short: false,
    setUp: fails,
    onStep: async (result: TrialResult) => void kept.push(result),
  };
  const { steps } = await runTrial(trial, options, STEPS);
  expect(steps.map(({ outcome }) => outcome)).toEqual([
    "failed",
    ...STEPS.slice(1).map(() => "not run"),
  ]);
  expect(steps[0]?.detail).toBe("set-up: no such luck");
  expect(kept).toHaveLength(1);
});

it("leaves steps out in the short form", async () => {
  const result = await runTrial(trial, { short: true, onStep: passes }, STEPS);
  expect(result.steps.map(({ step }) => step)).not.toContain("use again");
  expect(result.steps).toHaveLength(5);
});
