import { spawnSync } from "node:child_process";
import { open } from "node:fs/promises";
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
  const batches = times("Compiling current batch");
  expect(batches).toBeGreaterThan(0);
  // What Node compiles of its own before any of ours runs; without the flag nearly every batch goes to a thread.
  expect(times("[Concurrent Sparkplug] compiling")).toBeLessThan(batches / 2);
});

it.each([
  ["text", ["version"]],
  ["JSON", ["version", "--json"]],
  ["the help", ["--help"]],
  ["a script", ["completion", "zsh"]],
])("a full standard output is one error, not a crash: %s", async (_what, args) => {
  const full = await open("/dev/full", "w");
  try {
    const { status, stderr } = spawnSync(process.execPath, [CLI, ...args], {
      stdio: ["ignore", full.fd, "pipe"],
      encoding: "utf8",
    });
    expect(stderr).toMatch(
      /^Error: The result cannot be written: no space is left there \[NO_SPACE\]\nHint: .*\n$/,
    );
    expect(status).toBe(12);
  } finally {
    await full.close();
  }
});

it.each([
  ["an engine by TCP", { DOCKER_HOST: "tcp://127.0.0.1:9" }],
  ["a proxy with a login", { HTTPS_PROXY: "http://u:p@127.0.0.1:9", DOCKER_HOST: "tcp://[::1]:9" }],
  [
    "warnings that are asked for",
    { NODE_OPTIONS: "--trace-deprecation", DOCKER_HOST: "tcp://127.0.0.1:9" },
  ],
  [
    "warnings that end programs",
    { NODE_OPTIONS: "--throw-deprecation", DOCKER_HOST: "tcp://127.0.0.1:9" },
  ],
])("no warning of Node's own reaches the user: %s", async (_what, env) => {
  const args = [CLI, "cluster", "list", "--runtime", "docker"];
  const { exitCode, stderr } = await execa(process.execPath, args, { reject: false, env });
  expect(exitCode).toBe(7);
  expect(stderr).toMatch(/^Error: .*\[RUNTIME_UNAVAILABLE\]\nHint: .*$/);
});

it("takes no argument for a flag of Node's own", async () => {
  const args = ["cluster", "list", "--env-file", "none"];
  const { exitCode, stderr } = await execa(join(ROOT, "bin", "k3d"), args, { reject: false });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Unknown flag --env-file")]);
});
