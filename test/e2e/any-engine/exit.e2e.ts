import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { ROOT } from "../support/world.js";

const CLI = join(ROOT, "packages", "cli", "bin", "run.js");
/** V8's own account of what it compiles and where. */
const TRACE = ["--trace-baseline-batch-compilation", "--trace-baseline"];

/** Seen once: a command that had said all and never ended (https://github.com/nodejs/node/issues/54918). */
it("a command leaves no compiling to a thread that its exit would wait for", async () => {
  const { stdout } = await execa(process.execPath, [...TRACE, CLI, "completion", "bash"]);
  const times = (what: string): number => stdout.split(what).length - 1;
  expect(times("Compiling current batch")).toBeGreaterThan(20);
  // What Node compiles of its own before any of ours runs.
  expect(times("[Concurrent Sparkplug] compiling")).toBeLessThan(10);
});
