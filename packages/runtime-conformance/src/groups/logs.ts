import type { LogEntry } from "@k3d/core/runtime";
import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const LONG_LINE = 100_000;

/** Log lines of containers. */
export function logs(suite: Suite): void {
  const { expect } = suite;

  suite.test(
    "tells lines with their stream, without newlines, and keeps those of earlier runs",
    async (scope) => {
      const name = await scope.start({ args: programs.printBoth("to out", "to err") });
      const ofStream = async (wanted: LogEntry["stream"]): Promise<LogEntry[]> =>
        (await scope.log(name)).filter(({ stream }) => stream === wanted);
      await scope.runtime.containers.wait(name);
      const out = { stream: "stdout", line: "to out" };
      expect(await ofStream("stdout")).toEqual([out]);
      expect(await ofStream("stderr")).toEqual([{ stream: "stderr", line: "to err" }]);
      await scope.runtime.containers.start(name);
      await scope.runtime.containers.wait(name);
      expect(await ofStream("stdout")).toEqual([out, out]);
    },
  );

  suite.test(
    "keeps the order of many lines, and a reader that stops early disturbs nobody",
    async (scope) => {
      const name = await scope.start({ args: programs.count(5000) });
      await firstLines(scope.runtime.containers.logs(name, { follow: true }), 2);
      expect(await scope.linesAfterEnd(name)).toEqual(
        Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`),
      );
    },
  );

  suite.test(
    "of a stopped container: tail gives the last lines, timestamps are moments of the run, follow ends",
    async (scope) => {
      const before = Date.now() - 5_000;
      const name = await scope.start({ args: programs.count(20) });
      await scope.runtime.containers.wait(name);
      expect((await scope.log(name, { tail: 3 })).map(({ line }) => line)).toEqual([
        "line 18",
        "line 19",
        "line 20",
      ]);
      expect(await scope.log(name, { tail: 0 })).toEqual([]);
      const entries = await scope.log(name, { timestamps: true, follow: true });
      expect(entries.map(({ line }) => line)).toEqual(
        Array.from({ length: 20 }, (_, index) => `line ${index + 1}`),
      );
      for (const { timestamp } of entries) {
        expect(timestamp?.getTime()).toBeGreaterThan(before);
        expect(timestamp?.getTime()).toBeLessThan(Date.now() + 5_000);
      }
    },
  );

  suite.test(
    "characters of several bytes come whole, and so does a line without a newline at the end",
    async (scope) => {
      const line = "ä€😀".repeat(1000);
      const name = await scope.start({ args: programs.printRaw(`${line}\nunfinished`) });
      expect(await scope.linesAfterEnd(name)).toEqual([line, "unfinished"]);
    },
  );

  suite.test("a long line comes whole, with and without timestamps", async (scope) => {
    const name = await scope.start({ args: programs.longLine(LONG_LINE) });
    for (const timestamps of [false, true]) {
      const entries = await scope.log(name, { timestamps, follow: true });
      expect(entries.map(({ line }) => line.length)).toEqual([LONG_LINE]);
      expect(entries[0]?.line).toMatch(/^x+$/);
    }
  });

  suite.test("a container that never ran has no lines", async (scope) => {
    expect(await scope.log(await scope.create())).toEqual([]);
  });

  suite.test(
    "without follow the lines so far are told, and no more; since leaves out what came before",
    async (scope) => {
      const name = await scope.start({ args: programs.staged() });
      await firstLines(scope.runtime.containers.logs(name, { follow: true }), 1);
      expect((await scope.log(name)).map(({ line }) => line)).toEqual(["first"]);
      await scope.output(name, programs.touch("/tmp/go"));
      await firstLines(scope.runtime.containers.logs(name, { follow: true }), 2);
      const [, second] = await scope.log(name, { timestamps: true });
      const since = second?.timestamp ?? new Date(0);
      const lines = (await scope.log(name, { since })).map(({ line }) => line);
      expect(lines.at(-1)).toBe("second");
      expect(await scope.log(name, { since: new Date(Date.now() + 3_600_000) })).toEqual([]);
    },
  );

  suite.test(
    "follow ends without an error when the signal aborts; else it tells lines as they come and ends with the container",
    async (scope) => {
      const { containers } = scope.runtime;
      const name = await scope.start({ args: programs.staged() });
      const abort = new AbortController();
      const beforeAbort: string[] = [];
      for await (const { line } of containers.logs(name, { follow: true, signal: abort.signal })) {
        beforeAbort.push(line);
        abort.abort();
      }
      expect(beforeAbort).toEqual(["first"]);
      const lines: string[] = [];
      for await (const { line } of containers.logs(name, { follow: true })) {
        lines.push(line);
        if (line === "first") await scope.output(name, programs.touch("/tmp/go"));
        if (line === "second") await scope.output(name, programs.touch("/tmp/end"));
      }
      expect(lines).toEqual(["first", "second", "third"]);
      expect((await containers.inspect(name)).status).toBe("stopped");
    },
  );
}

async function firstLines(entries: AsyncIterable<LogEntry>, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of entries) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}
