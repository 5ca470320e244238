import { describe, expect, it } from "vitest";
import type { StageResult } from "./stage.ts";
import { summarize, summaryLine, type VitestReport } from "./summary.ts";

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
