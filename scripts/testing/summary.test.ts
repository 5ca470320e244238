import { describe, expect, it } from "vitest";
import type { StageResult } from "./stage.ts";
import { failuresOf, summarize, summaryLine, type VitestReport } from "./summary.ts";

const result = (name: string, reason = ""): StageResult => ({
  stage: { name, command: [name] },
  ok: reason === "",
  reason,
});

const reports: Record<string, VitestReport> = {
  unit: { numPassedTests: 5, numFailedTests: 0, numPendingTests: 0 },
  e2e: { numPassedTests: 2, numFailedTests: 3, numPendingTests: 1 },
  unloadable: { numPassedTests: 4, numFailedTests: 0, numPendingTests: 0 },
};

const line = (...results: StageResult[]): string =>
  summaryLine(summarize(results, ({ stage }) => reports[stage.name]));

describe("summary of a test run", () => {
  it("adds up the reports of all stages", () => {
    expect(line(result("lint"), result("unit"), result("e2e", "exit code 1"))).toBe(
      "7 passed, 3 failed, 1 skipped",
    );
  });

  it("leaves out skipped tests when there are none", () => {
    expect(line(result("unit"))).toBe("5 passed, 0 failed");
  });

  it("counts a failed check without tests as one failure", () => {
    expect(line(result("lint", "exit code 1"), result("unit"))).toBe("5 passed, 1 failed");
  });

  it("counts a run as failed whose tests passed but which did not end well", () => {
    expect(line(result("unloadable", "exit code 1"))).toBe("4 passed, 1 failed");
  });
});

it("tells each failed test and why, and a file that could not be loaded", () => {
  const counts = { numPassedTests: 1, numFailedTests: 1, numPendingTests: 0 };
  const test = { fullName: "a b", status: "passed" };
  const long = Array.from({ length: 30 }, (_, index) => `line ${index}`).join("\n");
  const told = failuresOf({
    ...counts,
    testResults: [
      { name: "x.test.ts", status: "passed", assertionResults: [test] },
      {
        name: "y.test.ts",
        status: "failed",
        assertionResults: [
          test,
          { fullName: "a c", status: "failed", failureMessages: ["no\n  yes"] },
          { fullName: "a d", status: "failed", failureMessages: [long] },
        ],
      },
      { name: "z.test.ts", status: "failed", message: "no such module", assertionResults: [] },
    ],
  });
  expect(told[0]).toBe("y.test.ts > a c\n    no\n      yes");
  expect(told[1]).toMatch(/^y.test.ts > a d\n {4}line 0\n[^]*line 11$/);
  expect(told.slice(2)).toEqual(["z.test.ts\n    no such module"]);
});
