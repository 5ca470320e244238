import type { StageResult } from "./stage.ts";

/** Counts of one or more test runs. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The fields of vitest's JSON report that are counted or told. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests?: number;
  testResults?: {
    /** The test file. */
    name: string;
    status: string;
    /** Why the file could not be loaded. */
    message?: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] }[];
  }[];
}

/**
 * Adds up the stages. A stage that failed without a failed test of its own (a lint error, a test
 * file that cannot be loaded, a run that was stopped) counts as one failure.
 *
 * @param report reads a stage's report; undefined when there is none
 */
export function summarize(
  results: StageResult[],
  report: (result: StageResult) => VitestReport | undefined,
): Totals {
  const totals: Totals = { passed: 0, failed: 0, skipped: 0 };
  for (const result of results) {
    const counts = report(result);
    totals.passed += counts?.numPassedTests ?? 0;
    totals.skipped += (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0);
    const failed = counts?.numFailedTests ?? 0;
    totals.failed += result.ok ? failed : Math.max(1, failed);
  }
  return totals;
}

/** The last line of a test run. */
export function summaryLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

const LINES_OF_A_FAILURE = 12;

/** Each failed test with the beginning of what it says, so that the end of a long output tells why. */
export function failuresOf({ testResults = [] }: VitestReport): string[] {
  return testResults.flatMap(({ name, status, message = "", assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0 && status === "failed") return [told(name, message)];
    return failed.map(({ fullName, failureMessages = [] }) =>
      told(`${name} > ${fullName}`, failureMessages.join("\n")),
    );
  });
}

const told = (title: string, why: string): string =>
  [title, ...why.split("\n").slice(0, LINES_OF_A_FAILURE)].join("\n    ").trimEnd();
