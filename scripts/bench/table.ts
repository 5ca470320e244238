import type { Row } from "../../test/bench/support/row.ts";

const HEADER = ["MEASURED", "MIN", "MEDIAN", "MAX", "COMPARED", "WITH", "BUDGET", "VERDICT"];

/** The rows as a table, with a verdict on each that has a budget. */
export function budgetTable(rows: readonly Row[]): string {
  const cells = [HEADER, ...rows.map(toCells)];
  const widths = HEADER.map((_title, column) =>
    Math.max(...cells.map((line) => line[column]?.length ?? 0)),
  );
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("   ")
        .trimEnd(),
    )
    .join("\n");
}

function toCells({ name, milliseconds, range, comparison, against, budget, met }: Row): string[] {
  const verdict = met ? "met" : "MISSED";
  if (Number.isNaN(milliseconds)) return [name, "", "", "", "", "", "", comparison];
  const [least, most] = range?.map(time) ?? ["", ""];
  return [
    name,
    least ?? "",
    time(milliseconds),
    most ?? "",
    comparison,
    against,
    budget ?? "",
    budget === undefined ? "" : verdict,
  ];
}

const time = (milliseconds: number): string =>
  milliseconds < 1000 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
