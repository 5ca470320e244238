import { formatBytes } from "@k3d/core";
import type { Row } from "./state.js";
import { sum, type TopNode } from "./usage.js";

export interface Column {
  title: string;
  width: number;
  cell: (row: Row) => string;
  /** Numbers stand at the right. */
  right?: boolean;
  /** Left out first where there is no room: the lowest. Absent: never. */
  leaveOut?: number;
  /** What a line about one row says of it where the column is left out; nothing where there is nothing to say. */
  inWords?: (row: Row) => string | undefined;
}

const BAR = 8;

/** The columns besides the name. `most` is the memory of the node that uses most. */
function columns(most: number): Column[] {
  return [
    { title: "STATUS", width: 12, cell: ({ cluster, node }) => (node ?? cluster).status },
    { title: "CPU", width: 5, right: true, cell: (row) => percent(total(row, "cpuPercent")) },
    {
      title: "",
      width: BAR,
      cell: ({ node }) => bar(node?.cpuPercent, 100),
      leaveOut: 4,
    },
    { title: "MEMORY", width: 7, right: true, cell: (row) => bytes(total(row, "memoryBytes")) },
    {
      title: "",
      width: BAR,
      cell: ({ node }) => bar(node?.memoryBytes, node?.memoryLimitBytes ?? most),
      leaveOut: 3,
    },
    {
      title: "RESTARTS",
      width: 8,
      right: true,
      cell: (row) => String(total(row, "restarts") ?? "-"),
      leaveOut: 2,
      inWords: (row) => words("restarts", total(row, "restarts")?.toString()),
    },
    {
      title: "IMAGE",
      width: 7,
      right: true,
      cell: ({ node }) => (node === undefined ? "" : bytes(node.imageBytes)),
      leaveOut: 1,
      inWords: ({ node }) => words("image", known(node?.imageBytes)),
    },
    {
      title: "VOLUMES",
      width: 7,
      right: true,
      cell: ({ cluster, node }) => bytes((node ?? cluster).volumeBytes),
      leaveOut: 1,
      inWords: ({ cluster, node }) => words("volumes", known((node ?? cluster).volumeBytes)),
    },
    {
      title: "PORTS",
      width: 24,
      cell: ({ node }) => node?.ports ?? "",
      leaveOut: 0,
      inWords: ({ node }) => words("ports", node?.ports),
    },
  ];
}

const known = (value: number | undefined): string | undefined =>
  value === undefined ? undefined : formatBytes(value);

const words = (what: string, value: string | undefined): string | undefined =>
  value === undefined || value === "" ? undefined : `${what} ${value}`;

const GAP = 1;

/** The columns for which there is room beside names, those for which there is none, and the room that the names then have. */
export function fitColumns(
  width: number,
  longestName: number,
  most: number,
): { columns: Column[]; left: Column[]; nameWidth: number } {
  const all = columns(most);
  let kept = all;
  const wanted = Math.min(longestName, 30);
  for (;;) {
    const taken = kept.reduce((room, column) => room + column.width + GAP, 0);
    const next = kept
      .filter(({ leaveOut }) => leaveOut !== undefined)
      .toSorted((a, b) => (a.leaveOut ?? 0) - (b.leaveOut ?? 0))[0];
    const nameWidth = width - taken;
    if (nameWidth >= wanted || next === undefined) {
      const left = all.filter((column) => !kept.includes(column));
      return { columns: kept, left, nameWidth: Math.max(Math.min(nameWidth, longestName), 8) };
    }
    kept = kept.filter((column) => column !== next);
  }
}

type Measured = "cpuPercent" | "memoryBytes" | "restarts";

export function total({ cluster, node }: Row, what: Measured): number | undefined {
  return sum((node === undefined ? cluster.nodes : [node]).map((one: TopNode) => one[what]));
}

export const percent = (value: number | undefined): string =>
  value === undefined ? "-" : `${value < 10 ? value.toFixed(1) : Math.round(value)}%`;

export const bytes = (value: number | undefined): string =>
  value === undefined ? "-" : formatBytes(value);

/** `[|||   ]`, in characters that every terminal has. */
function bar(value: number | undefined, whole: number): string {
  const room = BAR - 2;
  if (value === undefined || whole <= 0) return "";
  const full = Math.min(Math.round((value / whole) * room), room);
  return `[${"|".repeat(full).padEnd(room)}]`;
}
