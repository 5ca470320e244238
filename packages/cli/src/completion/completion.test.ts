import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { allCommands } from "../testing/commands.js";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { completionNodes, type CommandSource } from "./model.js";
import { powershellCompletion } from "./powershell.js";
import { shellQuote } from "./quote.js";
import { zshCompletion } from "./zsh.js";

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

const node = (path: string) => nodes.find((candidate) => candidate.path === path);

describe("completionNodes", () => {
  it("has commands, aliases and topics", () => {
    expect(node("")?.subcommands.map(({ word }) => word)).toEqual(
      expect.arrayContaining([
        "cluster",
        "completion",
        "kubeconfig",
        "node",
        "runtime-info",
        "version",
      ]),
    );
    expect(node("cluster")?.subcommands).toContainEqual({ word: "rm", summary: "Delete clusters" });
    expect(node("")?.subcommands).toContainEqual({
      word: "cluster",
      summary: manifest.oclif.topics.cluster.description,
    });
  });

  it("knows what arguments and values are", () => {
    expect(node("cluster delete")).toMatchObject({ args: "clusters" });
    expect(node("cluster create")).toMatchObject({ args: "none" });
    expect(node("node stop")).toMatchObject({ args: "nodes" });
    expect(node("completion")?.values).toContain("zsh");
    const flags = node("node list")?.flags ?? [];
    expect(flags.find(({ name }) => name === "cluster")).toMatchObject({
      takesValue: true,
      dynamic: "clusters",
      char: "c",
    });
    expect(flags.find(({ name }) => name === "output")).toMatchObject({
      values: ["json", "yaml", "wide", "name"],
      dynamic: "none",
    });
  });

  it("offers negations, but no double ones", () => {
    const names = node("cluster create")?.flags.map(({ name }) => name) ?? [];
    expect(names).toContain("no-wait");
    expect(names).toContain("no-lb");
    expect(names.filter((name) => name.startsWith("no-no-"))).toEqual([]);
  });
});

describe("bash", () => {
  const script = bashCompletion("k3d", nodes);

  /** What bash offers when the last word is being written. */
  async function complete(...words: string[]): Promise<string[]> {
    const program = `${script}
k3d() { case "$1" in cluster) echo "demo 1/1"; echo "prod 1/1";; node) echo "k3d-demo-server-0 server";; esac; }
COMP_WORDS=(${["k3d", ...words].map((word) => shellQuote(word)).join(" ")})
COMP_CWORD=${words.length}
_k3d_completion
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", program]);
    return stdout.split("\n").filter(Boolean);
  }

  it.each([
    [["clu"], ["cluster"]],
    [["cluster", "re"], ["restart"]],
    [["--verbose", "cluster", "sta"], ["start"]],
    [["cluster", "list", "--out"], ["--output"]],
    [
      ["cluster", "list", "-o", ""],
      ["json", "yaml", "wide", "name"],
    ],
    [["cluster", "list", "--output", "=", "w"], ["wide"]],
    [
      ["cluster", "delete", ""],
      ["demo", "prod"],
    ],
    [["cluster", "rm", "demo", "p"], ["prod"]],
    [["cluster", "start", "--timeout", "5s", "d"], ["demo"]],
    [["cluster", "start", "--timeout", ""], []],
    [["node", "stop", "k3d-"], ["k3d-demo-server-0"]],
    [["node", "list", "--cluster", "d"], ["demo"]],
    [["completion", "z"], ["zsh"]],
    [["cluster", "create", "d"], []],
  ])("completes %j to %j", async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });
});

describe.each([
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
  ["powershell", powershellCompletion],
])("%s", (_shell, generate) => {
  const script = generate("k3d", nodes);

  it("knows every command, flag and value", () => {
    for (const { path, subcommands, flags, values } of nodes) {
      expect(script).toContain(path);
      for (const { word } of subcommands) expect(script).toContain(word);
      for (const flag of flags) expect(script).toContain(flag.name);
      for (const value of [...values, ...flags.flatMap((flag) => flag.values)])
        expect(script).toContain(value);
    }
  });

  it("has as many quotes that open as close", () => {
    expect((script.replaceAll(String.raw`\'`, "").match(/'/g) ?? []).length % 2).toBe(0);
  });
});
