import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assembleConfig } from "../../packages/core/src/index.js";
import { globalFlagsLast, type K3dCommand } from "../../packages/plugin-kit/src/index.js";
import { describe, expect, it } from "vitest";
import { createFlags } from "../../packages/cli/src/flags/create.js";
import { commandLines, k3dCalls, pages, type CommandLine } from "./command-lines.ts";
import { SCENES } from "../../docs/recordings/scenes.ts";
import { allCommands, ROOT, type CommandSource } from "./sources.ts";

type CommandClass = CommandSource & (new (argv: string[], config: never) => K3dCommand);

/** Where any name may stand, the commands that a guide writes itself, and those of oclif's own plug-in. */
const NOT_OURS = /…|^(?:NAME|foo|names|count|hello)\b/;

const commands = new Map<string, CommandClass>();
for (const [name, source] of await allCommands()) {
  const command = source as CommandClass & { hiddenAliases?: string[] };
  for (const alias of [name, ...(command.aliases ?? [])])
    commands.set(alias.replaceAll(":", " "), command);
}

const config = {
  bin: "k3d",
  plugins: new Map(),
  scopedEnvVarKeys: () => [],
  runHook: async () => ({ successes: [], failures: [] }),
} as never;

const ANY_FILE = "apiVersion: k3d.io/v1alpha5\nkind: Simple\n";

/** Parses the arguments as the command does; of one that makes a cluster, the values as well. */
async function parseCall({ argv, isSpan }: Omit<CommandLine, "place">): Promise<void> {
  const args = globalFlagsLast(argv);
  let length = Math.min(args.length, 4);
  while (length > 0 && !commands.has(args.slice(0, length).join(" "))) length--;
  const command = commands.get(args.slice(0, length).join(" "));
  if (command === undefined) {
    // A topic alone prints its help.
    const topic = args.filter((word) => word !== "--help").join(" ");
    if ([...commands.keys()].some((name) => name.startsWith(`${topic} `))) return;
    throw new Error(`there is no command ${topic}`);
  }
  if (args.includes("--help") || (isSpan && args.length === length)) return;
  const parser = new command(args.slice(length), config) as unknown as {
    parse(): Promise<{ flags: Record<string, unknown>; args: Record<string, unknown> }>;
  };
  const { flags } = await parser.parse();
  if (args[0] !== "cluster" || args[1] !== "create") return;
  await assembleConfig({
    flags: createFlags(flags),
    environment: {},
    workingDirectory: "/",
    configPath: flags.config === undefined ? undefined : "-",
    readFile: async () => ANY_FILE,
    readStdin: async () => ANY_FILE,
  });
}

describe("calls of k3d in a line of shell", () => {
  it.each([
    ["k3d cluster list", [["cluster", "list"]]],
    ["K3D_AGENTS=5 k3d cluster create -c 'a b' # why", [["cluster", "create", "-c", "a b"]]],
    [
      "x | k3d image import - && k3d use a >b",
      [
        ["image", "import", "-"],
        ["use", "a"],
      ],
    ],
    ['port="$(k3d cluster list ci --json | jq .)"', [["cluster", "list", "ci", "--json"]]],
    ["source <(k3d completion bash)", [["completion", "bash"]]],
    ["trap 'k3d nothing' EXIT; kubectl get k3d", []],
    ['k3d -v "$PWD:/src" @server:*', [["-v", "/pwd:/src", "@server:*"]]],
  ])("of %s", (line, calls) => {
    expect(k3dCalls(line)).toEqual(calls);
  });

  it("are found in blocks and in spans, with their lines", () => {
    const page =
      "`k3d use a`\n\n```console\n# k3d use b\nk3d said\n```\n\n```sh\nk3d use \\\n  c\nk3d use d\n```\n";
    expect(commandLines("page.md", page)).toEqual([
      { place: "page.md:4", argv: ["use", "b"], isSpan: false },
      { place: "page.md:9", argv: ["use", "c"], isSpan: false },
      { place: "page.md:11", argv: ["use", "d"], isSpan: false },
      { place: "page.md:1", argv: ["use", "a"], isSpan: true },
    ]);
  });

  it("are told from those that the CLI does not take", async () => {
    await expect(
      parseCall({ argv: ["cluster", "create", "--agent", "2"], isSpan: false }),
    ).rejects.toThrow(/agent/);
    await expect(parseCall({ argv: ["cluster", "make"], isSpan: false })).rejects.toThrow(
      "no command cluster make",
    );
    await expect(
      parseCall({ argv: ["cluster", "create", "-p", "80:x"], isSpan: false }),
    ).rejects.toThrow(/80:x/);
    await expect(parseCall({ argv: ["use"], isSpan: false })).rejects.toThrow(/CLUSTER|arg/);
  });
});

const lines = [...(await pages())].flatMap(([page, text]) => commandLines(page, text));

describe("pages", () => {
  it("are read", () => {
    expect(lines.length).toBeGreaterThan(300);
  });

  it("show only command lines that the CLI takes", async () => {
    const wrong: string[] = [];
    for (const { place, argv, isSpan } of lines) {
      if (NOT_OURS.test(argv.join(" "))) continue;
      await parseCall({ argv, isSpan }).catch((error: Error) => {
        wrong.push(`${place}: k3d ${argv.join(" ")}: ${error.message.split("\n")[0]}`);
      });
    }
    expect(wrong).toEqual([]);
  });
});

describe("pictures of terminals", () => {
  it.each(Object.entries(SCENES))(
    "%s shows command lines that the CLI takes",
    async (name, scene) => {
      const picture = await readFile(
        join(ROOT, "docs", "pictures", `terminal-${name}.svg`),
        "utf8",
      );
      for (const line of scene.seen) {
        expect(picture).toContain(`>${line}<`);
        for (const argv of k3dCalls(line)) await parseCall({ argv, isSpan: false });
      }
    },
  );

  it("are no others", () => {
    const there = globSync("terminal-*.svg", { cwd: join(ROOT, "docs", "pictures") });
    expect(there.toSorted()).toEqual(
      Object.keys(SCENES)
        .map((name) => `terminal-${name}.svg`)
        .toSorted(),
    );
  });
});
