import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Config } from "@oclif/core/config";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runUnknownCommand } from "./unknown-command.js";

const ids = [
  "cluster:list",
  "cluster:create",
  "cluster:delete",
  "node:list",
  "version",
  "runtime-info",
];
const config = {
  bin: "k3d",
  commands: ids.map((id) => ({ id })),
  topics: [{ name: "cluster" }, { name: "node" }],
  findTopic: (name: string) => (["cluster", "node"].includes(name) ? { name } : undefined),
  findCommand: (id: string) => (ids.includes(id) ? { id } : undefined),
} as unknown as Config;

describe("unknown commands", () => {
  it.each([
    [
      "cluster:lst",
      "Unknown command: cluster lst",
      "Did you mean k3d cluster list? See k3d --help",
    ],
    [
      "clster:list",
      "Unknown command: clster list",
      "Did you mean k3d cluster list? See k3d --help",
    ],
    ["clutser", "Unknown command: clutser", "Did you mean k3d cluster? See k3d --help"],
    ["verison", "Unknown command: verison", "Did you mean k3d version? See k3d --help"],
    ["frobnicate:now", "Unknown command: frobnicate now", "See k3d --help"],
    ["runtime-info:extra:words", "Unexpected argument: extra words", "See k3d runtime-info --help"],
  ])("%s", async (id, message, hint) => {
    await expect(runUnknownCommand({ id, config })).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message,
      hint,
    });
  });
});

describe("executables k3d-NAME of PATH", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "k3d-path-"));
    vi.stubEnv("PATH", `${dir}${delimiter}${process.env.PATH ?? ""}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    process.exitCode = undefined;
    await rm(dir, { recursive: true });
  });

  it("run with the remaining words and flags, and pass their exit code on", async () => {
    const file = join(dir, "k3d-hello");
    await writeFile(file, `#!/bin/sh\nprintf '%s\\n' "$@" > ${dir}/args\nexit 7\n`);
    await chmod(file, 0o755);
    await runUnknownCommand({ id: "hello:big:world", argv: ["--flag", "two words"], config });
    expect(process.exitCode).toBe(7);
    expect(await readFile(join(dir, "args"), "utf8")).toBe("big\nworld\n--flag\ntwo words\n");
  });

  it("do not take the place of a topic", async () => {
    const file = join(dir, "k3d-cluster");
    await writeFile(file, "#!/bin/sh\nexit 0\n");
    await chmod(file, 0o755);
    await expect(runUnknownCommand({ id: "cluster:foo", config })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});
