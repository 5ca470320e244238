import type { FaultKind } from "./fault.ts";

interface Count {
  tries: number;
  struck: number;
  failed: number;
  explained: number;
  findings: number;
}

/** What is counted of a try. */
export interface Counted {
  runtime: string;
  operation: string;
  kind: FaultKind | "at once" | "full disk";
  struck: boolean;
  failed: boolean;
  explained: boolean;
  findings: number;
}

/** Counts by runtime, operation and kind of fault. */
export class Report {
  readonly #counts = new Map<string, Count>();
  /** Tries with findings. */
  #bad = 0;

  add({ runtime, operation, kind, struck, failed, explained, findings }: Counted): void {
    const key = [runtime, operation, kind].join("\t");
    const count = this.#counts.get(key) ?? {
      tries: 0,
      struck: 0,
      failed: 0,
      explained: 0,
      findings: 0,
    };
    count.tries += 1;
    count.struck += Number(struck);
    count.failed += Number(failed);
    count.explained += Number(explained);
    count.findings += findings;
    this.#bad += Number(findings > 0);
    this.#counts.set(key, count);
  }

  get totals(): Count {
    const sum: Count = { tries: 0, struck: 0, failed: 0, explained: 0, findings: 0 };
    for (const count of this.#counts.values())
      for (const name of Object.keys(sum) as (keyof Count)[]) sum[name] += count[name];
    return sum;
  }

  /** Each try as a test, in the form of a report of vitest. */
  get tests(): { numPassedTests: number; numFailedTests: number; numPendingTests: number } {
    const numFailedTests = this.#bad;
    return {
      numPassedTests: this.totals.tries - numFailedTests,
      numFailedTests,
      numPendingTests: 0,
    };
  }

  table(): string {
    const head = [
      "RUNTIME",
      "OPERATION",
      "FAULT",
      "TRIES",
      "MET",
      "FAILED",
      "LEFT+TOLD",
      "FINDINGS",
    ];
    const rows = [...this.#counts]
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([key, { tries, struck, failed, explained, findings }]) => [
        ...key.split("\t"),
        ...[tries, struck, failed, explained, findings].map(String),
      ]);
    const widths = head.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
    );
    return [head, ...rows]
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd(),
      )
      .join("\n");
  }
}
