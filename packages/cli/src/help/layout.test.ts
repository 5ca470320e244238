import { describe, expect, it } from "vitest";
import { leftColumn, twoColumns, wrapWords } from "./layout.js";

const rows = [
  ["    --api-port=[HOST:]HOSTPORT", "Where the API is"],
  ["-p, --port=MAPPING", "Publish [HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL] of nodes"],
] as const;

describe("help in two columns", () => {
  it.each([60, 80])("breaks no word at %i columns, and starts all texts at one column", (width) => {
    const text = twoColumns(rows, width, leftColumn(rows, width));
    const lines = text.split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(text).toContain("[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL]");
    const at = lines.find((line) => line.includes("Publish"))?.indexOf("Publish");
    expect(lines.find((line) => line.includes("Where"))?.indexOf("Where")).toBe(at);
    expect(lines[0]).toMatch(/^ {4}--api-port/);
  });

  it("keeps lines, their indentation and words that are too long", () => {
    expect(wrapWords("one two\n  three four five\nunbreakable-word", 12)).toBe(
      "one two\n  three four\n  five\nunbreakable-word",
    );
  });
});
