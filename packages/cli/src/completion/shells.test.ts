import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { allCommands } from "../testing/commands.js";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { completionNodes, type CommandSource } from "./model.js";
import { zshCompletion } from "./zsh.js";

const isThere = (shell: string): boolean => {
  try {
    execFileSync(shell, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

let directory: string;
const run = async (file: string, args: string[]): Promise<string> => {
  const env = {
    PATH: `${directory}:/usr/bin:/bin`,
    HOME: directory,
    TERM: "xterm",
    LC_ALL: "C.UTF-8",
  };
  return (await promisify(execFile)(file, args, { env, cwd: directory, timeout: 60_000 })).stdout;
};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-shells-"));
  // Lists clusters, one with a name that a shell would run.
  await writeFile(
    join(directory, "k3d"),
    `#!/bin/sh\nprintf '%s\\n' 'alpha 1/1' '$(touch\${IFS}owned) 1/1' '\`touch\${IFS}owned\` 1/1' 'alps 1/1'\n`,
  );
  await chmod(join(directory, "k3d"), 0o755);
  const commands = [...(await allCommands())].map(([id, command]) => ({
    ...(command as unknown as CommandSource),
    id,
    aliases: command.aliases,
    summary: command.summary,
    flags: { ...command.baseFlags, ...command.flags },
    args: command.args,
  })) as unknown as CommandSource[];
  const topics = Object.entries(manifest.oclif.topics).map(([name, { description }]) => ({
    name,
    description,
  }));
  const nodes = completionNodes(commands, topics);
  await writeFile(join(directory, "k3d.bash"), bashCompletion("k3d", nodes));
  await writeFile(join(directory, "_k3d"), zshCompletion("k3d", nodes));
  await writeFile(join(directory, "k3d.fish"), fishCompletion("k3d", nodes));
});
afterAll(() => rm(directory, { recursive: true }));
afterEach(async () => {
  if ((await readdir(directory)).includes("owned")) throw new Error("A listed name was run");
});

/** Runs the function as zsh's completion does, with zsh's own helpers replaced by ones that print. */
const ZSH = `
compdef() { }
source ./_k3d
_describe() { print -rl -- \${(P)2} }
_arguments() { print -rl -- "$@" }
compadd() { print -rl -- \${(P)2} }
words=("$@"); CURRENT=$#
_k3d
_k3d_names cluster
print -r PATH=$PATH
`;

describe.skipIf(!isThere("zsh"))("zsh (needs zsh)", () => {
  const at = async (...words: string[]): Promise<string[]> =>
    (await run("zsh", ["-f", "-c", ZSH, "zsh", ...words])).split("\n");

  it.each([
    [["k3d", "clus"], /^cluster:/],
    [["k3d", "cluster", "del"], /^delete:/],
    [["k3d", "cluster", "delete", "al"], /^\*:cluster:_k3d_names cluster$/],
    [["k3d", "cluster", "create", "--serv"], /^\*--servers=/],
    [["k3d", "--verbose", "node", "sta"], /^start:/],
  ])("%j offers %s", async (words, wanted) => {
    const offered = await at(...words);
    expect(offered).toContainEqual(expect.stringMatching(wanted));
    expect(offered).toEqual(expect.arrayContaining(["alpha", "alps"]));
    expect(offered.join("\n")).not.toContain("IFS");
    expect(offered.at(-2)).toBe(`PATH=${directory}:/usr/bin:/bin`);
  });
});

describe.skipIf(!isThere("fish"))("fish (needs fish)", () => {
  const complete = async (line: string): Promise<string[]> => {
    const script = `source ${directory}/k3d.fish; complete -C ${JSON.stringify(line)}`;
    const found = await run("fish", ["--no-config", "-c", script]);
    return found.split("\n").flatMap((row) => row.split("\t")[0] || []);
  };

  it.each([
    ["k3d clus", ["cluster"]],
    ["k3d cluster del", ["delete"]],
    ["k3d cluster delete al", ["alpha", "alps"]],
    ["k3d cluster delete alpha al", ["alpha", "alps"]],
    ["k3d cluster create --server", ["--servers", "--servers-memory"]],
    ["k3d node sta", ["start"]],
  ])("%s TAB: %j", async (line, wanted) => {
    expect(await complete(line)).toEqual(expect.arrayContaining(wanted));
  });
});

describe("bash", () => {
  it("offers no name that it would run, and runs none", async () => {
    const script = `source k3d.bash; COMP_WORDS=(k3d cluster delete ""); COMP_CWORD=3; _k3d_completion; printf '%s\\n' "\${COMPREPLY[@]}"`;
    expect((await run("bash", ["-c", script])).split("\n").filter(Boolean)).toEqual([
      "alpha",
      "alps",
    ]);
  });
});
