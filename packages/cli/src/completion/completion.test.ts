import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { allCompletionNodes } from "../testing/completion-nodes.js";
import { bashCompletion } from "./bash.js";
import { fishCompletion } from "./fish.js";
import { powershellCompletion } from "./powershell.js";
import { shellQuote } from "./quote.js";
import { zshCompletion } from "./zsh.js";

const nodes = await allCompletionNodes();

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
    const sources = (path: string) => node(path)?.args.map((arg) => arg.sources);
    expect(sources("cluster delete")).toEqual([["clusters"]]);
    expect(sources("cluster create")).toEqual([[]]);
    expect(sources("node stop")).toEqual([["nodes"]]);
    expect(sources("registry connect")).toEqual([["registries"], ["clusters"]]);
    expect(sources("image import")).toEqual([["images", "files"]]);
    expect(sources("image remove")).toEqual([["node-images"]]);
    expect(sources("use")).toEqual([["clusters", "contexts"]]);
    expect(node("completion")?.args[0]?.values).toContain("zsh");
    const create = node("cluster create")?.flags ?? [];
    expect(
      ["image", "network", "runtime", "registry-use", "config"].map((name) =>
        create.find((flag) => flag.name === name)?.sources.join(","),
      ),
    ).toEqual(["images", "networks", "runtimes", "registries", "files"]);
    const flags = node("node list")?.flags ?? [];
    expect(flags.find(({ name }) => name === "cluster")).toMatchObject({
      takesValue: true,
      sources: ["clusters"],
      char: "c",
    });
    expect(flags.find(({ name }) => name === "output")).toMatchObject({
      values: ["json", "yaml", "wide", "name"],
      sources: [],
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
k3d() {
  shift
  for kind in "$@"; do
    case "$kind" in
      clusters) echo demo; echo prod ;;
      nodes) echo k3d-demo-server-0 ;;
      registries) echo k3d-reg ;;
      images) echo nginx:1.28; echo nginx:mainline ;;
      runtimes) echo docker; echo podman ;;
      snapshots) echo kept ;;
    esac
  done
}
COMP_WORDBREAKS='<=>:'
COMP_LINE=${shellQuote(["k3d", ...words].join(" "))}
COMP_POINT=\${#COMP_LINE}
_k3d_completion
printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout } = await promisify(execFile)("bash", ["--norc", "-c", program]);
    return stdout.split("\n").filter(Boolean);
  }

  it.each([
    [["clu"], ["cluster"]],
    [["cluster", "re"], ["restart", "restore"]],
    [["cluster", "snapshot", "create", "d"], ["demo"]],
    [["cluster", "snapshot", "create", "demo", "k"], []],
    [["cluster", "snapshot", "export", "k"], ["kept"]],
    [["cluster", "restore", "demo", "k"], ["kept"]],
    [["cluster", "clone", "demo", "d"], []],
    [["cluster", "create", "--from", "k"], ["kept"]],
    [["--verbose", "cluster", "sta"], ["start"]],
    [["cluster", "list", "--out"], ["--output"]],
    [
      ["cluster", "list", "-o", ""],
      ["json", "yaml", "wide", "name"],
    ],
    [["cluster", "list", "--output=w"], ["wide"]],
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
    [["registry", "connect", "k"], ["k3d-reg"]],
    [["registry", "connect", "k3d-reg", "d"], ["demo"]],
    [["registry", "connect", "k3d-reg", "demo", "d"], []],
    [["cluster", "create", "--image", "nginx:m"], ["mainline"]],
    [["cluster", "create", "--image=nginx:1"], ["1.28"]],
    [["cluster", "list", "--runtime", "p"], ["podman"]],
    [["--runtime", "docker", "node", "stop", "k"], ["k3d-demo-server-0"]],
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
    for (const { path, subcommands, flags, args } of nodes) {
      expect(script).toContain(path);
      for (const { word } of subcommands) expect(script).toContain(word);
      for (const flag of flags) expect(script).toContain(flag.name);
      for (const value of [...args, ...flags].flatMap((word) => word.values))
        expect(script).toContain(value);
    }
  });

  it("has as many quotes that open as close", () => {
    expect((script.replaceAll(String.raw`\'`, "").match(/'/g) ?? []).length % 2).toBe(0);
  });
});
