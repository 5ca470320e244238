import { stripVTControlCharacters } from "node:util";

type Row = readonly [left: string, right?: string | undefined];

/** Of a line, what the left of two columns may take. */
const MOST_LEFT = 0.45;

const columns = (text: string): number => stripVTControlCharacters(text).length;

/** Breaks lines between words alone: what is longer than a line stays whole. */
export function wrapWords(text: string, width: number): string {
  return text
    .split("\n")
    .map((line) => {
      const [, indent = "", rest = ""] = /^(\s*)(.*)$/s.exec(line) ?? [];
      const lines: string[] = [];
      let current = indent;
      for (const word of rest.split(" ")) {
        const longer = current === indent ? `${indent}${word}` : `${current} ${word}`;
        if (columns(longer) <= width || current === indent) current = longer;
        else {
          lines.push(current);
          current = `${indent}${word}`;
        }
      }
      return [...lines, current].join("\n");
    })
    .join("\n");
}

/** How wide the left of two columns is: as its rows need, while there is room for every word on the right. */
export function leftColumn(rows: readonly Row[], width: number): number {
  const longest = Math.max(0, ...rows.map(([left]) => columns(left)));
  const words = rows.flatMap(([, right = ""]) => right.split(/\s/).map(columns));
  const room = width - 2 - Math.max(0, ...words);
  return Math.min(longest, Math.max(8, Math.min(Math.floor(width * MOST_LEFT), room)));
}

/** Two columns; what is too long for the left one stands on a line of its own. */
export function twoColumns(rows: readonly Row[], width: number, left: number): string {
  return rows
    .flatMap(([name, text = ""]) => {
      if (text.trim() === "") return name.trimEnd();
      const lines = wrapWords(text.trim(), width - left - 2).split("\n");
      const gap = " ".repeat(left + 2);
      const fits = columns(name) <= left;
      const [first = "", ...more] = lines;
      const head = fits ? `${name}${" ".repeat(left + 2 - columns(name))}${first}` : name;
      return [head, ...(fits ? more : lines).map((line) => `${gap}${line}`)];
    })
    .join("\n");
}
