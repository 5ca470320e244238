/**
 * Draws what `scripts/bench.sh --json FILE` wrote: for each comparison by factor that has a budget a bar, from the
 * least to the most that was measured, and a mark at the budget.
 *
 *   node scripts/bench/plot.ts FILE >docs/pictures/performance.svg
 */
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import type { Row } from "../../test/bench/support/row.ts";

/** What `run.ts` writes. */
export interface Report {
  machine: string;
  load?: number;
  rows: Row[];
}

const LABELS = 400;
const SCALE = 380;
const LINE = 26;
const TOP = 58;

/** An SVG that reads on light and on dark pages. */
export function plot({ machine, load, rows }: Report): string {
  const drawn = rows.filter(
    (row): row is Row & { ratio: number } => Number.isFinite(row.ratio) && row.budget !== undefined,
  );
  const most = Math.max(
    1,
    ...drawn.flatMap((row) => [highest(row), Number.parseFloat(row.budget ?? "0")]),
  );
  const x = (ratio: number): string => (LABELS + (ratio / most) * SCALE).toFixed(1);
  const height = TOP + drawn.length * LINE + 16;
  const bars = drawn.flatMap((row, index) => {
    const y = TOP + index * LINE;
    const budget = Number.parseFloat(row.budget ?? "NaN");
    return [
      text(LABELS - 8, y + 12, `${row.name} (${row.against})`, 'text-anchor="end"'),
      `<rect x="${LABELS}" y="${y}" width="${(Number(x(row.ratio)) - LABELS).toFixed(1)}" height="16" class="${row.met ? "met" : "missed"}"/>`,
      `<path class="range" d="M${x(lowest(row))} ${y + 8}H${x(highest(row))}"/>`,
      ...(Number.isNaN(budget) ? [] : [`<path class="budget" d="M${x(budget)} ${y - 3}v22"/>`]),
      text(
        Number(x(Math.max(row.ratio, highest(row), budget || 0))) + 6,
        y + 12,
        `${row.ratio.toFixed(2)} ×`,
      ),
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LABELS + SCALE + 80} ${height}" role="img">`,
    `<title>Times of k3d as multiples of what they are compared with</title>`,
    `<style>text{font:12px sans-serif;fill:#57606a}.met{fill:#2da44e}.missed{fill:#cf6a4c}.range{stroke:#57606a;stroke-width:2}.budget{stroke:#0969da;stroke-width:3}.one{stroke:#8c959f;stroke-dasharray:3 3}</style>`,
    text(
      8,
      18,
      "Times of k3d as multiples of the same by other means, measured in one run: shorter is better",
    ),
    text(
      8,
      36,
      `Median as a bar, least to most as a line, budget in blue. ${machine}${load === undefined ? "" : `, load ${load.toFixed(1)}`}`,
    ),
    `<path class="one" d="M${x(1)} ${TOP - 8}V${height - 10}"/>`,
    ...bars,
    "</svg>",
    "",
  ].join("\n");
}

/** The range of a row in the unit of its ratio. */
const inRatio = ({ ratio = 0, milliseconds }: Row, value: number | undefined): number =>
  value === undefined || milliseconds === 0 ? ratio : (ratio * value) / milliseconds;
const lowest = (row: Row): number => inRatio(row, row.range?.[0]);
const highest = (row: Row): number => inRatio(row, row.range?.[1]);

function text(x: number, y: number, words: string, more = ""): string {
  const safe = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" ${more}>${safe}</text>`;
}

const [, program = "", file] = process.argv;
if (import.meta.url === pathToFileURL(program).href) {
  if (file === undefined) throw new Error("Name the file that scripts/bench.sh --json wrote");
  process.stdout.write(plot(JSON.parse(await readFile(file, "utf8")) as Report));
}
