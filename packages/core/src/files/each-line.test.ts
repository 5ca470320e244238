import { Readable } from "node:stream";
import { expect, it } from "vitest";
import { eachLine } from "./each-line.js";

async function linesOf(...chunks: (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  await eachLine(Readable.from(chunks.map((chunk) => Buffer.from(chunk))), (line) => {
    lines.push(line);
  });
  return lines;
}

it.each([
  [
    ["a\nb", "c\n", "d"],
    ["a", "bc", "d"],
  ],
  [
    ["a\r", "\nb\r\n\r\nc"],
    ["a", "b", "", "c"],
  ],
  [
    ["10 %\r20 %", "\r30 %\r"],
    ["10 %", "20 %", "30 %"],
  ],
  [["", "\n"], [""]],
  [[], []],
])("of %j are %j", async (chunks, lines) => {
  expect(await linesOf(...chunks)).toEqual(lines);
});

it("have characters that come in two parts whole", async () => {
  const bytes = Buffer.from("grün\n");
  expect(await linesOf(bytes.subarray(0, 3), bytes.subarray(3))).toEqual(["grün"]);
});

it("are told in parts where they are too long to be kept", async () => {
  const chunk = "x".repeat(50_000);
  const lines = await linesOf(...Array.from({ length: 10 }, () => chunk), "\nend");
  expect(Math.max(...lines.map(({ length }) => length))).toBe(65_536);
  expect(lines.join("")).toBe(`${"x".repeat(500_000)}end`);
  expect(lines.at(-1)).toBe("end");
});
