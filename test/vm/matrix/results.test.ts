import { expect, it } from "vitest";
import {
  countsOf,
  merged,
  type MachineResults,
  type StepResult,
  type TrialResult,
} from "./results.ts";
import { matrixTable } from "./table.ts";

const step = (name: string, outcome: StepResult["outcome"], detail?: string): StepResult => ({
  step: name,
  outcome,
  seconds: 3.4,
  ...(detail !== undefined && { detail }),
});

const trial = (engine: string, shape: string, ...steps: StepResult[]): TrialResult => ({
  engine,
  version: `${engine} 1.0`,
  shape,
  node: "22.18.0",
  date: "2026-11-01",
  steps,
});

const machine = (...trials: TrialResult[]): MachineResults => ({
  suite: "trixie",
  kernel: "6.12",
  nodeImage: "image",
  trials,
});

it("puts newer results in the place of older ones of the same engine and shape", () => {
  const before = machine(trial("docker", "1+1", step("create", "failed")), trial("podman", "1+1"));
  const after = machine(trial("docker", "1+1", step("create", "passed")), trial("docker", "3+1"));
  expect(merged(before, after).trials.map(({ engine, shape }) => `${engine} ${shape}`)).toEqual([
    "docker 1+1",
    "podman 1+1",
    "docker 3+1",
  ]);
  expect(merged(before, after).trials[0]?.steps[0]?.outcome).toBe("passed");
});

it("counts what could not be run among the failures", () => {
  const steps = [
    step("runtime-info", "passed"),
    step("create", "failed"),
    step("stop", "not run"),
    step("engine restart", "not applicable"),
  ];
  expect(countsOf([trial("podman", "1+1", ...steps)])).toEqual({
    numPassedTests: 1,
    numFailedTests: 2,
    numPendingTests: 1,
  });
});

it("shows times of what passed, and in words what did not", () => {
  const results = machine(
    trial(
      "podman",
      "1+1",
      step("create", "passed"),
      step("reboot", "failed"),
      step("delete", "not run"),
    ),
    trial("podman", "3+1", step("create", "not applicable", "has no such thing")),
    trial("podman", "conformance", step("conformance", "passed")),
  );
  expect(matrixTable(results, ["create", "reboot", "delete"])).toBe(
    [
      "| version | engine | servers + agents | Node | create | reboot | delete |",
      "| --- | --- | --- | --- | --- | --- | --- |",
      "| podman 1.0 | podman | 1+1 | 22.18 | 3 s | **failed** | not run |",
      "| podman 1.0 | podman | 3+1 | 22.18 | has no such thing | not run | not run |",
    ].join("\n"),
  );
});
