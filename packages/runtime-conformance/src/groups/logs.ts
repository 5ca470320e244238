import type { LogEntry } from "@k3d/core/runtime";
import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const LONG_LINE = 100_000;

/** Log lines of containers. */
export function logs(suite: Suite): void {
  const { expect } = suite;

  suite.test("tells lines oldest first, with their stream, without newlines", async (scope) => {
    const name = await scope.start({ args: programs.printBoth("to out", "to err") });
    await scope.runtime.containers.wait(name);
    const entries = await scope.log(name);
    expect(entries.filter(({ stream }) => stream === "stdout")).toEqual([
      { stream: "stdout", line: "to out" },
    ]);
    expect(entries.filter(({ stream }) => stream === "stderr")).toEqual([
      { stream: "stderr", line: "to err" },
    ]);
  });

  suite.test("keeps the order of many lines", async (scope) => {
    const name = await scope.start({ args: programs.count(5000) });
    expect(await scope.linesAfterEnd(name)).toEqual(
      Array.from({ length: 5000 }, (_, index) => `line ${index + 1}`),
    );
  });

  suite.test("tail gives the last lines", async (scope) => {
    const name = await scope.start({ args: programs.count(20) });
    await scope.runtime.containers.wait(name);
    expect((await scope.log(name, { tail: 3 })).map(({ line }) => line)).toEqual([
      "line 18",
      "line 19",
      "line 20",
    ]);
    expect(await scope.log(name, { tail: 0 })).toEqual([]);
  });

  suite.test("timestamps are moments of the run", async (scope) => {
    const before = Date.now() - 5_000;
    const name = await scope.start({ args: programs.count(3) });
    await scope.runtime.containers.wait(name);
    const entries = await scope.log(name, { timestamps: true });
    expect(entries.map(({ line }) => line)).toEqual(["line 1", "line 2", "line 3"]);
    for (const { timestamp } of entries) {
      expect(timestamp?.getTime()).toBeGreaterThan(before);
      expect(timestamp?.getTime()).toBeLessThan(Date.now() + 5_000);
    }
  });

  suite.test("since leaves out what came before", async (scope) => {
    const name = await scope.start({ args: programs.staged() });
    await firstLines(scope.runtime.containers.logs(name, { follow: true }), 1);
    await scope.output(name, programs.touch("/tmp/go"));
    await firstLines(scope.runtime.containers.logs(name, { follow: true }), 2);
    const [, second] = await scope.log(name, { timestamps: true });
    const since = second?.timestamp ?? new Date(0);
    const lines = (await scope.log(name, { since })).map(({ line }) => line);
    expect(lines.at(-1)).toBe("second");
    expect(await scope.log(name, { since: new Date(Date.now() + 3_600_000) })).toEqual([]);
  });

  suite.test("a line without a newline at the end is told", async (scope) => {
    const name = await scope.start({ args: programs.printRaw("unfinished") });
    expect(await scope.linesAfterEnd(name)).toEqual(["unfinished"]);
  });

  suite.test("characters of several bytes come whole", async (scope) => {
    const line = "ä€😀".repeat(1000);
    const name = await scope.start({ args: programs.print(line) });
    expect(await scope.linesAfterEnd(name)).toEqual([line]);
  });

  for (const timestamps of [false, true]) {
    suite.test(
      `a long line comes whole ${timestamps ? "with" : "without"} timestamps`,
      async (scope) => {
        const name = await scope.start({ args: programs.longLine(LONG_LINE) });
        const entries = await scope.log(name, { timestamps, follow: true });
        expect(entries.map(({ line }) => line.length)).toEqual([LONG_LINE]);
        expect(entries[0]?.line).toMatch(/^x+$/);
      },
    );
  }

  suite.test("a container that never ran has no lines", async (scope) => {
    expect(await scope.log(await scope.create())).toEqual([]);
  });

  suite.test("without follow the lines so far are told, and no more", async (scope) => {
    const name = await scope.start({ args: programs.staged() });
    await firstLines(scope.runtime.containers.logs(name, { follow: true }), 1);
    expect((await scope.log(name)).map(({ line }) => line)).toEqual(["first"]);
  });

  suite.test("follow tells lines as they come and ends with the container", async (scope) => {
    const name = await scope.start({ args: programs.staged() });
    const lines: string[] = [];
    for await (const { line } of scope.runtime.containers.logs(name, { follow: true })) {
      lines.push(line);
      if (line === "first") await scope.output(name, programs.touch("/tmp/go"));
      if (line === "second") await scope.output(name, programs.touch("/tmp/end"));
    }
    expect(lines).toEqual(["first", "second", "third"]);
    expect((await scope.runtime.containers.inspect(name)).status).toBe("stopped");
  });

  suite.test("follow ends without an error when the signal aborts", async (scope) => {
    const name = await scope.start({ args: programs.staged() });
    const abort = new AbortController();
    const lines: string[] = [];
    for await (const { line } of scope.runtime.containers.logs(name, {
      follow: true,
      signal: abort.signal,
    })) {
      lines.push(line);
      abort.abort();
    }
    expect(lines).toEqual(["first"]);
  });

  suite.test("follow of a stopped container tells its lines and ends", async (scope) => {
    const name = await scope.start({ args: programs.print("gone") });
    await scope.runtime.containers.wait(name);
    expect((await scope.log(name, { follow: true })).map(({ line }) => line)).toEqual(["gone"]);
  });

  suite.test("a reader that stops early disturbs nobody", async (scope) => {
    const name = await scope.start({ args: programs.count(5000) });
    await firstLines(scope.runtime.containers.logs(name, { follow: true }), 2);
    expect(await scope.linesAfterEnd(name)).toHaveLength(5000);
  });

  suite.test("lines of earlier runs are kept", async (scope) => {
    const name = await scope.start({ args: programs.print("again") });
    await scope.runtime.containers.wait(name);
    await scope.runtime.containers.start(name);
    expect(await scope.linesAfterEnd(name)).toEqual(["again", "again"]);
  });
}

async function firstLines(entries: AsyncIterable<LogEntry>, count: number): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of entries) {
    lines.push(line);
    if (lines.length === count) break;
  }
  return lines;
}
