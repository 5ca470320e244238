import type { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { tarOfZeros, zeros } from "../archive.js";
import { programs } from "../programs.js";
import type { Suite } from "../suite.js";

const DEFAULT_LARGE = 256 * 1024 * 1024;
const DEFAULT_BUDGET = 128 * 1024 * 1024;
const SAMPLE_EVERY_BYTES = 16 * 1024 * 1024;
const TIMEOUT_MS = 300_000;

/** Large data passes through without being kept in this process. */
export function streaming(suite: Suite): void {
  const { expect } = suite;
  const large = suite.options.largeBytes ?? DEFAULT_LARGE;
  const budget = suite.options.memoryBudget ?? DEFAULT_BUDGET;
  const limited = { timeout: TIMEOUT_MS };

  suite.test(
    "output of exec",
    async (scope) => {
      const name = await scope.idle();
      const growth = watchMemory();
      const command = await scope.runtime.containers.exec(name, { args: programs.zeros(large) });
      command.stderr.resume();
      expect(await consume(command.stdout, growth.sample)).toBe(large);
      expect(await command.exitCode).toBe(0);
      expect(growth.peak()).toBeLessThan(budget);
    },
    limited,
  );

  suite.test(
    "input of exec",
    async (scope) => {
      const name = await scope.idle();
      const growth = watchMemory();
      const command = await scope.runtime.containers.exec(name, {
        args: programs.countInput(),
        stdin: sampled(zeros(large), growth.sample),
      });
      command.stderr.resume();
      const [count] = await Promise.all([readText(command.stdout), command.exitCode]);
      expect(Number(count)).toBe(large);
      expect(growth.peak()).toBeLessThan(budget);
    },
    limited,
  );

  suite.test(
    "putArchive and getArchive",
    async (scope) => {
      const name = await scope.idle();
      const growth = watchMemory();
      await scope.runtime.containers.putArchive(
        name,
        "/tmp",
        sampled(tarOfZeros("large", large), growth.sample),
      );
      expect(await scope.output(name, programs.size("/tmp/large"))).toBe(String(large));
      const archive = await scope.runtime.containers.getArchive(name, "/tmp/large");
      expect(await consume(archive, growth.sample)).toBeGreaterThanOrEqual(large);
      expect(growth.peak()).toBeLessThan(budget);
    },
    limited,
  );

  suite.test(
    "logs",
    async (scope) => {
      const lines = Math.min(200_000, Math.floor(large / 256));
      const name = await scope.start({ args: programs.count(lines) });
      await scope.runtime.containers.wait(name);
      const growth = watchMemory();
      let last = "";
      let count = 0;
      for await (const { line } of scope.runtime.containers.logs(name)) {
        last = line;
        count += 1;
        if (count % 10_000 === 0) growth.sample(0);
      }
      expect(count).toBe(lines);
      expect(last).toBe(`line ${lines}`);
      expect(growth.peak()).toBeLessThan(budget);
    },
    limited,
  );

  suite.test(
    "save into load",
    async ({ runtime, busybox }) => {
      const growth = watchMemory();
      expect(
        await runtime.images.load(sampled(await runtime.images.save([busybox]), growth.sample)),
      ).toEqual([busybox]);
      expect(growth.peak()).toBeLessThan(budget);
    },
    { ...limited, needs: ["imageArchive"] },
  );

  suite.test("a log that nobody reads on holds no memory", async (scope) => {
    const name = await scope.start({ args: programs.count(100_000) });
    await scope.runtime.containers.wait(name);
    const growth = watchMemory();
    for await (const { line } of scope.runtime.containers.logs(name, { follow: true })) {
      if (line === "line 10") break;
    }
    growth.sample(0);
    expect(growth.peak()).toBeLessThan(budget);
  });
}

/** Makes garbage collection callable, so that what is measured is what is kept. */
function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

const collectGarbage = collector();

function usedMemory(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Watches how much more memory this process uses than now; `sample` takes the bytes that passed. */
function watchMemory(): { sample(bytes: number): void; peak(): number } {
  const base = usedMemory();
  let peak = 0;
  let passed = 0;
  let next = 0;
  return {
    sample(bytes) {
      passed += bytes;
      if (bytes > 0 && passed < next) return;
      next = passed + SAMPLE_EVERY_BYTES;
      peak = Math.max(peak, usedMemory() - base);
    },
    peak: () => peak,
  };
}

function sampled(stream: Readable, sample: (bytes: number) => void): Readable {
  stream.on("data", (chunk: Buffer) => sample(chunk.length));
  stream.pause();
  return stream;
}

async function consume(stream: Readable, sample: (bytes: number) => void): Promise<number> {
  let total = 0;
  for await (const chunk of stream) {
    total += (chunk as Buffer).length;
    sample((chunk as Buffer).length);
  }
  return total;
}

async function readText(stream: Readable): Promise<string> {
  let result = "";
  for await (const chunk of stream) result += String(chunk);
  return result.trim();
}
