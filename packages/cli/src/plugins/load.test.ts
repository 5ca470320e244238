import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { dataDirectory } from "../data-directory.js";
import { installedPlugins } from "./installed.js";
import { loadPlugins } from "./load.js";

const COMMAND = `
  export default class Command {
    static args = {}; static flags = {}; static aliases = []; static hiddenAliases = [];
    static run() { return "ran"; }
  }
`;

let root: string;
let dataDir: string;

/** A command line with one built-in command, `cluster list`. */
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), "k3d-plugins-"));
  root = join(directory, "cli");
  dataDir = join(directory, "data");
  await write(join(root, "package.json"), {
    name: "@k3d/cli",
    version: "6.0.0",
    type: "module",
    oclif: { bin: "k3d", dirname: "k3d", topicSeparator: " ", commands: "./commands" },
  });
  await write(join(root, "commands", "cluster", "list.js"), COMMAND);
});
afterEach(() => rm(dirname(root), { recursive: true, force: true }));

async function write(path: string, content: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === "string" ? content : JSON.stringify(content));
}

/** A plug-in's files by their paths; `package.json` is made where none is given. */
async function plugin(name: string, files: Record<string, unknown>): Promise<void> {
  const pjson = { name, version: "1.0.0", type: "module", oclif: { commands: "./commands" } };
  for (const [path, content] of Object.entries({ "package.json": pjson, ...files }))
    await write(join(dataDir, "node_modules", name, path), content);
}

const list = (...names: string[]): Promise<void> =>
  write(join(dataDir, "package.json"), {
    oclif: { plugins: names.map((name) => ({ name, type: "user" })) },
  });

const idsOf = ({ config }: Awaited<ReturnType<typeof loadPlugins>>): string[] =>
  config.commands.map(({ id }) => id).toSorted();

describe("loadPlugins", () => {
  it("adds the commands of a plug-in, with its topic", async () => {
    await plugin("k3d-a", { "commands/hello/world.js": COMMAND });
    await list("k3d-a");
    const loaded = await loadPlugins(root, dataDir);
    expect(loaded.problems).toEqual([]);
    expect(idsOf(loaded)).toEqual(["cluster:list", "hello:world"]);
    expect(loaded.config.findTopic("hello")).toBeDefined();
    const command = await loaded.config.findCommand("hello:world", { must: true }).load();
    expect(await command.run()).toBe("ran");
  });

  it.each<[string, () => Promise<void>, RegExp]>([
    ["is gone", async () => {}, /ENOENT/],
    ["has a package.json that is none", () => plugin("k3d-bad", { "package.json": "{" }), /JSON/],
    [
      "throws when it is imported",
      () => plugin("k3d-bad", { "commands/bad.js": 'throw new Error("no luck")' }),
      /no luck/,
    ],
    [
      "imports what is not there",
      () => plugin("k3d-bad", { "commands/bad.js": 'import "k3d-nothing";' }),
      /k3d-nothing/,
    ],
    [
      "ends the process when it is imported",
      () => plugin("k3d-bad", { "commands/bad.js": "process.exit(7)" }),
      /ends the process/,
    ],
    [
      "has a manifest that is none",
      () => plugin("k3d-bad", { "oclif.manifest.json": "[", "commands/fine.js": COMMAND }),
      /JSON/,
    ],
  ])("goes on without a plug-in that %s, and names it once", async (_, make, reason) => {
    await make();
    await plugin("k3d-good", { "commands/good.js": COMMAND });
    await list("k3d-bad", "k3d-good");
    const loaded = await loadPlugins(root, dataDir);
    expect(loaded.problems).toEqual([
      { plugin: "k3d-bad", reason: expect.stringMatching(reason) as string },
    ]);
    expect(idsOf(loaded)).toEqual(expect.arrayContaining(["cluster:list", "good"]));
  });

  it("names one with several broken commands once, and keeps what works of it", async () => {
    const broken = 'throw new Error("no luck")';
    await plugin("k3d-half", {
      "commands/one.js": broken,
      "commands/two.js": broken,
      "commands/three.js": COMMAND,
    });
    await list("k3d-half");
    const loaded = await loadPlugins(root, dataDir);
    expect(loaded.problems.map(({ plugin: name }) => name)).toEqual(["k3d-half"]);
    expect(idsOf(loaded)).toEqual(["cluster:list", "three"]);
  });

  it("says whose defect it is when a command of a plug-in fails", async () => {
    await plugin("k3d-a", {
      "commands/bad.js":
        'export default class { static async run() { throw new TypeError("x is not a function"); } }',
      "commands/refuse.js":
        'export default class { static async run() { throw Object.assign(new Error("no"), { oclif: { exit: 2 } }); } }',
    });
    await list("k3d-a");
    const { config } = await loadPlugins(root, dataDir);
    const run = async (id: string): Promise<unknown> =>
      (await config.findCommand(id, { must: true }).load()).run();
    await expect(run("bad")).rejects.toMatchObject({
      code: "INTERNAL",
      message: 'The command "bad" of the plug-in k3d-a failed: x is not a function',
      hint: expect.stringMatching(/defect of k3d-a: report it to its author/) as string,
    });
    await expect(run("refuse")).rejects.toThrow(/^no$/);
  });

  describe("for a command of the CLI's own", () => {
    const args = ["cluster", "list"];
    beforeEach(async () => {
      await write(join(root, "commands", "cluster", "stop.js"), COMMAND);
      const entry = { id: "cluster:list", aliases: [], hiddenAliases: [], args: { name: {} } };
      await write(join(root, "dist/manifest/cluster/list.json"), { ...entry, flags: {} });
      await write(join(root, "dist/manifest/_names.json"), ["cluster:list", "cluster:stop"]);
      await plugin("k3d-a", { "commands/hello.js": COMMAND });
      await list("k3d-a", "k3d-thief");
    });

    it("loads no other one of these, and the plug-ins all the same", async () => {
      await plugin("k3d-thief", { "commands/cluster/stop.js": COMMAND });
      const loaded = await loadPlugins(root, dataDir, args);
      expect(idsOf(loaded)).toEqual(["cluster:list", "hello"]);
      expect(loaded.config.plugins.has("k3d-thief")).toBe(true);
      expect(loaded.problems).toEqual([
        { plugin: "k3d-thief", reason: 'the command "cluster stop" exists already' },
      ]);
    });

    it("loads all where a plug-in has a command whose name is longer", async () => {
      await plugin("k3d-thief", { "commands/cluster/list/all.js": COMMAND });
      const loaded = await loadPlugins(root, dataDir, [...args, "all"]);
      expect(idsOf(loaded)).toEqual(["cluster:list", "cluster:list:all", "cluster:stop", "hello"]);
    });
  });

  it("lets no plug-in take the place of a command that is there", async () => {
    await plugin("k3d-thief", { "commands/cluster/list.js": COMMAND, "commands/mine.js": COMMAND });
    await plugin("k3d-other", { "commands/mine.js": COMMAND });
    await list("k3d-thief", "k3d-other");
    const loaded = await loadPlugins(root, dataDir);
    expect(loaded.config.findCommand("cluster:list")?.pluginName).toBe("@k3d/cli");
    expect(loaded.config.findCommand("mine")?.pluginName).toBe("k3d-thief");
    expect(loaded.problems).toEqual([
      { plugin: "k3d-thief", reason: 'the command "cluster list" exists already' },
      { plugin: "k3d-other", reason: 'the command "mine" exists already' },
    ]);
  });

  it("runs no hooks of a plug-in", async () => {
    const pjson = {
      name: "k3d-hooks",
      version: "1.0.0",
      type: "module",
      oclif: { hooks: { init: "./init.js", "k3d:connect": "./init.js" } },
    };
    await plugin("k3d-hooks", { "package.json": pjson, "init.js": "throw 1;" });
    await list("k3d-hooks");
    const { config } = await loadPlugins(root, dataDir);
    expect(await config.runHook("k3d:connect" as never, {} as never)).toEqual({
      failures: [],
      successes: [],
    });
  });

  it.each(["@k3d/core", "@k3d/plugin-kit", "@oclif/core"])(
    "refuses the commands of a plug-in for another %s, and says which of the two is to be updated",
    async (name) => {
      const pjson = (range: string) => ({
        name: "k3d-old",
        version: "1.0.0",
        type: "module",
        oclif: { commands: "./commands" },
        peerDependencies: { [name]: range },
      });
      await list("k3d-old");
      for (const [range, hint] of [
        ["^1.0.0", /Install a newer version of k3d-old/],
        ["^99.0.0", /Update k3d/],
      ] as const) {
        await plugin("k3d-old", { "package.json": pjson(range), "commands/old.js": COMMAND });
        const loaded = await loadPlugins(root, dataDir);
        expect(loaded.problems).toEqual([]);
        await expect(loaded.config.findCommand("old", { must: true }).load()).rejects.toMatchObject(
          {
            code: "UNSUPPORTED",
            message: expect.stringContaining(`was written for ${name} ${range}`) as string,
            hint: expect.stringMatching(hint) as string,
          },
        );
      }
    },
  );

  it("goes on without any plug-in where their list is unreadable", async () => {
    await write(join(dataDir, "package.json"), "{");
    const loaded = await loadPlugins(root, dataDir);
    expect(loaded.problems).toMatchObject([
      {
        plugin: undefined,
        reason: expect.stringContaining(join(dataDir, "package.json")) as string,
      },
    ]);
    expect(idsOf(loaded)).toEqual(["cluster:list"]);
  });
});

describe("installedPlugins", () => {
  it("says which list is unreadable and what to do; none is no plug-ins", async () => {
    await write(join(dataDir, "package.json"), "{");
    await expect(installedPlugins(dataDir)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining(join(dataDir, "package.json")) as string,
      hint: expect.stringContaining("remove it") as string,
    });
    expect(await installedPlugins("/dev/null/k3d")).toEqual([]);
  });

  it("takes what is not a list for none", async () => {
    for (const text of [
      "null",
      "[]",
      '{"oclif":{"plugins":{}}}',
      '{"oclif":{"plugins":[1,null,""]}}',
    ]) {
      await write(join(dataDir, "package.json"), text);
      expect(await installedPlugins(dataDir)).toEqual([]);
    }
  });
});

describe("dataDirectory", () => {
  it.each([
    [{ K3D_DATA_DIR: "/d", XDG_DATA_HOME: "/x" }, "linux", "/d"],
    [{ XDG_DATA_HOME: "/x" }, "linux", "/x/k3d"],
    [{ LOCALAPPDATA: "/l" }, "linux", "/h/.local/share/k3d"],
    [{ LOCALAPPDATA: "/l" }, "win32", "/l/k3d"],
    [{}, "darwin", "/h/.local/share/k3d"],
  ])("of %j on %s is %s", (env, platform, expected) => {
    expect(dataDirectory(env, "/h", platform)).toBe(expected);
  });
});
