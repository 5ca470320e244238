import { spawn } from "node:child_process";
import { PassThrough, Readable } from "node:stream";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeLines, type MergedLine } from "./log-merge.js";

const stamp = (index: number): string => `2026-11-22T14:13:33.${String(index).padStart(9, "0")}Z`;

async function collect(batches: AsyncIterable<MergedLine[]>): Promise<MergedLine[]> {
  const lines: MergedLine[] = [];
  for await (const batch of batches) lines.push(...batch);
  return lines;
}

describe("mergeLines", () => {
  it("orders the lines of both streams by time, however they come in", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        async (toStdout, chunk) => {
          const texts = { out: "", err: "" };
          for (const [index, isStdout] of toStdout.entries()) {
            texts[isStdout ? "out" : "err"] += `${stamp(index)} ${index}\n`;
          }
          const pieces = (text: string): Readable =>
            Readable.from(text.match(new RegExp(`[^]{1,${chunk}}`, "g")) ?? []);
          const lines = await collect(mergeLines(pieces(texts.out), pieces(texts.err)));
          expect(lines.map(({ line, stream }) => [line, stream])).toEqual(
            toStdout.map((isStdout, index) => [String(index), isStdout ? "stdout" : "stderr"]),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it("keeps the order in which a process wrote to real pipes", async () => {
    const count = 4000;
    const script = `for (let i = 0; i < ${count}; i++) {
      const line = "2026-11-22T14:13:33." + String(i).padStart(9, "0") + "Z " + i + "\\n";
      require("node:fs").writeSync(i % 7 === 0 ? 2 : 1, line);
    }`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "pipe"] });
    const lines = await collect(mergeLines(child.stdout, child.stderr));
    expect(lines.map(({ line }) => Number(line))).toEqual(
      Array.from({ length: count }, (_, index) => index),
    );
  });

  it("passes a line on without waiting for the other stream", async () => {
    const out = new PassThrough();
    const err = new PassThrough();
    const lines = mergeLines(out, err);
    out.write(`${stamp(1)} first\n`);
    expect((await lines.next()).value).toMatchObject([{ line: "first", stream: "stdout" }]);
    err.write(`${stamp(2)} second\n`);
    expect((await lines.next()).value).toMatchObject([{ line: "second", stream: "stderr" }]);
    out.end();
    err.end(`${stamp(3)} last without newline`);
    expect((await lines.next()).value).toMatchObject([{ line: "last without newline" }]);
    expect((await lines.next()).done).toBe(true);
  });

  it("stops reading while nobody takes the lines", async () => {
    let read = 0;
    function* endless(): Generator<string> {
      for (let index = 0; ; index++) {
        read += 1;
        yield `${stamp(index)} ${"x".repeat(10_000)}\n`;
      }
    }
    const lines = mergeLines(Readable.from(endless()), Readable.from([]));
    await lines.next();
    await new Promise((resolve) => setImmediate(resolve));
    const before = read;
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(read).toBe(before);
    expect(read).toBeLessThan(500);
  });
});
