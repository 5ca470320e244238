import type { Change } from "./change.js";

const HEADER = ["KIND", "NAME", "ACTION", "DETAILS"] as const;

/**
 * Changes as a table for people: the dry run, the diff and the goldens are this
 * text. Ends with a newline; one line per change.
 */
export function changesText(changes: readonly Change[], more: readonly string[][] = []): string {
  const rows = [HEADER, ...changes.map(changeRow), ...more];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

function changeRow({ kind, name, action, causes, details, disturbs }: Change): string[] {
  const reasons = [...causes, ...(details === undefined ? [] : [details])].join("; ");
  const harm = disturbs === undefined ? "" : ` (interrupts ${disturbs})`;
  return [kind, name, action, `${reasons}${harm}`];
}
