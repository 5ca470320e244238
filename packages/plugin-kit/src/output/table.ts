const GAP = "   ";

/** Rows in aligned columns without lines, as kubectl prints them. */
export function renderTable(
  header: readonly string[] | undefined,
  rows: readonly (readonly string[])[],
): string {
  const all = header ? [header, ...rows] : rows;
  const widths: number[] = [];
  for (const row of all) {
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, cell.length);
  }
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join(GAP)
        .trimEnd(),
    )
    .join("\n");
}

/** A column of a table of items. */
export interface Column<T> {
  title: string;
  cell: (item: T) => string;
  /** Left out where the table is wider than the terminal, lowest first; absent: never. */
  leaveOut?: number;
}

export interface ColumnOptions {
  headers: boolean;
  /** Columns of the terminal; absent: everything is printed, as into a pipe. */
  width?: number | undefined;
}

/** A table of items, as {@link renderTable} prints it, without the columns for which there is no room. */
export function renderColumns<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  { headers, width = Number.POSITIVE_INFINITY }: ColumnOptions,
): string {
  let kept = [...columns];
  for (;;) {
    const table = renderTable(
      headers ? kept.map(({ title }) => title) : undefined,
      items.map((item) => kept.map(({ cell }) => cell(item))),
    );
    const widest = Math.max(...table.split("\n").map((line) => line.length));
    const next = kept
      .filter(({ leaveOut }) => leaveOut !== undefined)
      .toSorted((a, b) => (a.leaveOut ?? 0) - (b.leaveOut ?? 0))[0];
    if (widest <= width || next === undefined) return table;
    kept = kept.filter((column) => column !== next);
  }
}
