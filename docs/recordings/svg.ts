import type { Run } from "./screen.ts";

const CELL = 8.4;
const LINE = 19;
const MARGIN = 16;
const COLUMNS = 80;

/** The first sixteen colours of a terminal's palette, on a dark ground. */
const PALETTE =
  "#6e7681 #ff7b72 #3fb950 #d29922 #58a6ff #bc8cff #39c5cf #e6edf3 #8b949e #ffa198 #56d364 #e3b341 #79c0ff #d2a8ff #56d4dd #ffffff".split(
    " ",
  );

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A picture of a terminal's screen; each run has its place, whatever font there is. */
export function svgOf(lines: readonly Run[][], title: string): string {
  const width = Math.ceil(COLUMNS * CELL + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const texts = lines.flatMap((runs, row) => runs.map((run) => textOf(run, row)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(title)}</title>`,
    "<style>text{font:14px ui-monospace,'SFMono-Regular',Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#c9d1d9;white-space:pre}</style>",
    `<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>`,
    ...texts,
    "</svg>",
    "",
  ].join("\n");
}

function textOf({ column, text, bold, dim, underline, colour }: Run, row: number): string {
  const attributes = [
    `x="${(MARGIN + column * CELL).toFixed(1)}"`,
    `y="${MARGIN + row * LINE + 14}"`,
    `textLength="${(text.length * CELL).toFixed(1)}"`,
    ...(colour === undefined ? [] : [`style="fill:${PALETTE[colour] ?? "#c9d1d9"}"`]),
    ...(bold ? ['font-weight="bold"'] : []),
    ...(dim ? ['opacity="0.65"'] : []),
    ...(underline ? ['text-decoration="underline"'] : []),
  ];
  return `<text ${attributes.join(" ")}>${escaped(text)}</text>`;
}
