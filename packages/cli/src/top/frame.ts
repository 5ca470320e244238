import { printable, type Paint } from "@k3d/plugin-kit";
import stringWidth from "string-width";
import { bytes, fitColumns, percent, total, type Column } from "./columns.js";
import { rows, type Row, type TopState } from "./state.js";
import { sum } from "./usage.js";

export interface FrameSize {
  width: number;
  height: number;
}

/** What happened lately takes no more lines than these. */
const HAPPENINGS = 5;

/** Older than this, in milliseconds, what is shown is told to be old. */
const STALE_MS = 10_000;

/** The screen as lines, none wider than the terminal and no more than it has. Pure. */
export function frame(state: TopState, { width, height }: FrameSize, paint: Paint): string[] {
  const head = header(state, width, paint);
  const foot = paint("dim", cut(footer(state), width));
  const room = Math.max(height - head.length - 1, 0);
  const body =
    state.mode === "logs" ? logBody(state, width, room) : listBody(state, width, room, paint);
  const filled = [...head, ...body, ...blank(room - body.length)].slice(0, Math.max(height - 1, 0));
  return height > 0 ? [...filled, foot] : [];
}

/** The same once, for a pipe or a script's log: all rows, no keys. */
export function report(state: TopState, width: number, paint: Paint): string {
  const all = rows(state);
  return [
    ...header(state, width, paint),
    ...(all.length === 0 ? ["No clusters found"] : table(state, all, width, paint, true)),
  ].join("\n");
}

function header(state: TopState, width: number, paint: Paint): string[] {
  const { clusters, runtime, now, lookedAt, problem, busy } = state;
  const nodes = clusters.flatMap((cluster) => cluster.nodes);
  const running = nodes.filter(({ status }) => status === "running").length;
  const cpu = percent(sum(nodes.map(({ cpuPercent }) => cpuPercent)));
  const memory = bytes(sum(nodes.map(({ memoryBytes }) => memoryBytes)));
  const counts = `${clusters.length} cluster${clusters.length === 1 ? "" : "s"}, ${running}/${nodes.length} nodes`;
  const first = `${runtime}: ${counts}, CPU ${cpu}, memory ${memory}`;
  const age = lookedAt === undefined ? 0 : now.getTime() - lookedAt.getTime();
  const old =
    lookedAt === undefined
      ? "waiting for the first answer"
      : `shown values are ${Math.round(age / 1000)} s old`;
  const second =
    problem !== undefined
      ? paint("red", cut(`! ${problem} (${old})`, width))
      : age > STALE_MS
        ? paint("yellow", cut(`The engine is slow: ${old}`, width))
        : busy === undefined
          ? undefined
          : paint("cyan", cut(`${busy} ...`, width));
  return [paint("bold", cut(first, width)), ...(second === undefined ? [""] : [second])];
}

function listBody(state: TopState, width: number, room: number, paint: Paint): string[] {
  const all = rows(state);
  const news = state.happenings.slice(-HAPPENINGS);
  const below = room - news.length - 2 >= 4 && news.length > 0 ? news.length + 1 : 0;
  const space = Math.max(room - below - 1, 1);
  const words = space > 3 ? selectedInWords(state, all, width) : [];
  const shown = window(all, state.selected, space - words.length);
  const rowsShown =
    all.length === 0 ? [cut(nothing(state), width)] : table(state, shown, width, paint);
  const list = [...rowsShown, ...blank(space + 1 - rowsShown.length - words.length), ...words];
  if (below === 0) return list.slice(0, room);
  const lines = news.map(({ time, text }) => cut(`${clock(time)} ${text}`, width));
  return [...list, ...blank(room - below - list.length), "", ...lines];
}

function nothing({ filter, lookedAt }: TopState): string {
  if (lookedAt === undefined) return "Looking ...";
  return filter === "" ? "No clusters found" : `Nothing matches "${filter}"`;
}

/** As many rows as there is room for, the selected one among them. */
function window(all: readonly Row[], selected: string | undefined, space: number): Row[] {
  const place = Math.max(
    all.findIndex(({ key }) => key === selected),
    0,
  );
  const start = Math.min(
    Math.max(place - Math.floor(space / 2), 0),
    Math.max(all.length - space, 0),
  );
  return all.slice(start, start + space);
}

function layout(all: readonly Row[], width: number): ReturnType<typeof fitColumns> {
  const most = Math.max(0, ...all.map((row) => (row.node && total(row, "memoryBytes")) ?? 0));
  const longest = Math.max(4, ...all.map((row) => stringWidth(nameOf(row))));
  return fitColumns(width, longest, most);
}

/** What the columns for which there is no room would say of a row; a line, or none. */
function inWords(row: Row, left: readonly Column[], width: number): string[] {
  const texts = left.flatMap((column) => column.inWords?.(row) ?? []);
  return texts.length === 0 ? [] : [cut(`      ${texts.join(", ")}`, width)];
}

/** The same of the row that is chosen. */
function selectedInWords(state: TopState, all: readonly Row[], width: number): string[] {
  const row = all.find(({ key }) => key === state.selected);
  return row === undefined ? [] : inWords(row, layout(all, width).left, width);
}

/** @param complete says below each row what there is no room for in it. */
function table(
  state: TopState,
  shown: readonly Row[],
  width: number,
  paint: Paint,
  complete = false,
): string[] {
  const { columns, left, nameWidth } = layout(rows(state), width);
  const head = [
    fill("  NAME", nameWidth),
    ...columns.map((column) => aligned(column, column.title)),
  ];
  return [
    paint("bold", cut(head.join(" "), width).trimEnd()),
    ...shown.flatMap((row) => {
      const { status } = row.node ?? row.cluster;
      const cells = columns.map((column) => aligned(column, printable(column.cell(row))));
      const marker = row.key === state.selected && state.mode !== "logs" ? ">" : " ";
      const name = fill(cutName(`${marker}${nameOf(row).slice(1)}`, nameWidth), nameWidth);
      const line = cut([name, ...cells].join(" "), width).trimEnd();
      const colour = status === "running" ? "green" : status === "stopped" ? "red" : "yellow";
      const at = line.indexOf(status, name.length);
      const coloured =
        at < 0
          ? line
          : `${line.slice(0, at)}${paint(colour, status)}${line.slice(at + status.length)}`;
      const more = complete ? inWords(row, left, width) : [];
      return [marker === ">" ? paint("bold", coloured) : coloured, ...more];
    }),
  ];
}

const nameOf = ({ cluster, node }: Row): string =>
  printable(node === undefined ? `  ${cluster.name}` : `    ${node.name}`);

function logBody({ log }: TopState, width: number, room: number): string[] {
  const lines = log.lines.slice(-Math.max(room - 1, 0));
  return [cut(`Logs of ${log.name}`, width), ...lines.map((line) => cut(line, width))];
}

function footer({ mode, filter, question }: TopState): string {
  if (mode === "filter") return `Filter: ${filter}_   (Enter keeps it, Esc clears it)`;
  if (mode === "ask" && question !== undefined) {
    const { deed, target } = question;
    return `${deed === "stop" ? "Stop" : "Start"} ${target.kind} ${target.name}? [y/N]`;
  }
  if (mode === "logs") return "q back";
  const kept = filter === "" ? "" : `  [${filter}]`;
  return `up/down  / filter  l logs  s stop/start  q quit${kept}`;
}

/** No more cells than there are; what is cut off ends in `~`. */
export function cut(text: string, width: number): string {
  const clean = printable(text).replaceAll(/[\t\n]+/g, " ");
  if (stringWidth(clean) <= width) return clean;
  let kept = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter().segment(clean)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    kept += segment;
  }
  return width > 0 ? `${kept}~` : "";
}

/** As {@link cut}, but in the middle: names of a cluster's nodes begin alike, and end in what tells them apart. */
function cutName(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  const [indent = ""] = /^[> ]*/.exec(text) ?? [];
  const name = text.slice(indent.length);
  const room = Math.max(width - stringWidth(indent), 0);
  const characters = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  let end = "";
  for (const character of characters.toReversed()) {
    if (stringWidth(character + end) > Math.ceil((room - 1) / 2)) break;
    end = character + end;
  }
  const beginning = cut(name, room - stringWidth(end));
  return cut(`${indent}${beginning}${end}`, width);
}

const fill = (text: string, width: number): string =>
  text + " ".repeat(Math.max(width - stringWidth(text), 0));

function aligned({ width, right }: Column, text: string): string {
  const fitting = cut(text, width);
  return right
    ? " ".repeat(Math.max(width - stringWidth(fitting), 0)) + fitting
    : fill(fitting, width);
}

const blank = (count: number): string[] => Array.from({ length: Math.max(count, 0) }, () => "");

const clock = (time: Date): string => time.toTimeString().slice(0, 8);
