import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Config } from "@oclif/core/config";
import { normalizeArgv } from "@oclif/core/help";
import { afterAll, beforeAll, expect, it } from "vitest";
import { singleCommand } from "./single-command.js";

let root: string;

const entry = (id: string, more: object = {}): object => ({
  id,
  aliases: [],
  hiddenAliases: [],
  args: {},
  flags: {},
  strict: true,
  ...more,
});

const COMMANDS: Record<string, object> = {
  version: entry("version"),
  completion: entry("completion", { args: { shell: {} } }),
  "cluster/list": entry("cluster:list", { args: { name: {} }, aliases: ["cluster:ls"] }),
  "cluster/ls": entry("cluster:list", { args: { name: {} }, aliases: ["cluster:ls"] }),
  run: entry("run", { strict: false }),
};

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-single-command-"));
  const oclif = { bin: "k3d", topicSeparator: " ", commands: "./dist/commands" };
  const pjson = { name: "@k3d/test", version: "1.2.3", type: "module", oclif };
  await writeFile(join(root, "package.json"), JSON.stringify(pjson));
  for (const [name, command] of Object.entries(COMMANDS)) {
    const file = join(root, "dist", "manifest", `${name}.json`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, JSON.stringify(command));
  }
});
afterAll(() => rm(root, { recursive: true, force: true }));

it.each([
  [["version"], "version", []],
  [["version", "-o", "json"], "version", ["-o", "json"]],
  [["cluster", "list"], "cluster:list", []],
  [["cluster", "ls", "dev"], "cluster:ls", ["dev"]],
  [["cluster", "list", "dev", "--watch"], "cluster:list", ["dev", "--watch"]],
  [["run", "make", "--", "--help"], "run", ["make", "--", "--help"]],
])("loads nothing but the command that %j names", async (argv, id, rest) => {
  const options = await singleCommand(argv, root);
  const config = await Config.load(options ?? "");
  expect(new Set(config.commands.map((command) => command.id))).toContain(id);
  expect(config.plugins.size).toBe(1);
  const [found = "", ...others] = normalizeArgv(config, [...argv]);
  expect(config.findCommand(found)?.id).toBe(id);
  expect(others).toEqual(rest);
});

it.each([
  ["help is asked for", ["cluster", "list", "--help"]],
  ["help is asked for shortly", ["cluster", "list", "-h"]],
  ["the command is about commands", ["completion", "bash"]],
  ["there is none of that name", ["cluster", "lst"]],
  ["a command without arguments has one", ["version", "extra"]],
  ["only a topic is named", ["cluster"]],
  ["nothing is named", []],
  ["a flag comes first", ["--trace", "cluster", "list"]],
  ["a name is longer than a file's can be", ["cluster", "x".repeat(5000)]],
  ["a name leads out of the directory", ["..", "package"]],
])("leaves it to the whole command line where %s", async (_case, argv) => {
  expect(await singleCommand(argv, root)).toBeUndefined();
});
