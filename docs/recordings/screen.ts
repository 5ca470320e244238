import xterm from "@xterm/headless";

/** Some characters in a row that look the same. */
export interface Run {
  column: number;
  text: string;
  bold: boolean;
  dim: boolean;
  underline: boolean;
  /** Number of the terminal's palette; undefined for its usual colour. */
  colour: number | undefined;
}

const MOST_ROWS = 400;

/** The lines that a terminal shows once a program has written all this. */
export async function screenAfter(output: string, columns: number): Promise<Run[][]> {
  const terminal = new xterm.Terminal({ cols: columns, rows: MOST_ROWS, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(output, resolve);
  });
  const { active } = terminal.buffer;
  const lines = Array.from({ length: MOST_ROWS }, (_, row) => runsOf(active.getLine(row), columns));
  terminal.dispose();
  return lines.slice(0, lines.findLastIndex((runs) => runs.length > 0) + 1);
}

type Line = ReturnType<InstanceType<typeof xterm.Terminal>["buffer"]["active"]["getLine"]>;

function runsOf(line: Line, columns: number): Run[] {
  const runs: Run[] = [];
  for (let column = 0; column < columns; column++) {
    const cell = line?.getCell(column);
    const text = cell?.getChars() ?? "";
    if (cell === undefined || text === "" || text === " ") continue;
    const next: Run = {
      column,
      text,
      bold: cell.isBold() !== 0,
      dim: cell.isDim() !== 0,
      underline: cell.isUnderline() !== 0,
      colour: cell.isFgPalette() ? cell.getFgColor() : undefined,
    };
    const last = runs.at(-1);
    const gap = last === undefined ? 0 : column - last.column - last.text.length;
    if (last !== undefined && gap <= 1 && looksLike(last, next))
      last.text += " ".repeat(gap) + text;
    else runs.push(next);
  }
  return runs;
}

const looksLike = (one: Run, other: Run): boolean =>
  one.bold === other.bold &&
  one.dim === other.dim &&
  one.underline === other.underline &&
  one.colour === other.colour;
