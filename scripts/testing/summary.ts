import type { StageResult } from "./stage.ts";

/** Counts of one or more test runs. */
export interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

/** The fields of vitest's JSON report that are counted. */
export interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests?: number;
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
