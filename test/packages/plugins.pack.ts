import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/packing/package.ts";
import { cutOffNpm, installCli, pack, temporary } from "./support.ts";

const HELLO = "k3d-plugin-hello";

let work: Awaited<ReturnType<typeof temporary>>;
let home: string;
let data: string;
let command: string;
let tarball: string;

/** The k3d that npm installed, in a home directory of its own, where npm may reach nobody. */
function start(args: string[]) {
  return execa(process.execPath, [command, ...args], {
    cwd: work.path,
    env: { PATH: process.env.PATH, ...cutOffNpm(home), KUBECONFIG: join(home, "config") },
    extendEnv: false,
    all: true,
    reject: false,
    timeout: 120_000,
  });
}

async function k3d(...args: string[]) {
  const { all, exitCode, stdout } = await start(args);
  return { exitCode, stdout, text: all };
}

/** A directory that is a plug-in with these files. */
async function plugin(
  name: string,
  manifest: object,
  files: Record<string, string>,
): Promise<string> {
  const directory = join(work.path, name);
  const pjson = { name, version: "1.0.0", type: "module", oclif: {}, ...manifest };
  for (const [path, text] of Object.entries({ "package.json": JSON.stringify(pjson), ...files })) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
  }
  return directory;
}

/** What npm and k3d keep of plug-ins. */
const kept = async (): Promise<string[]> =>
  (
    await Promise.all(
      ["node_modules", "tarballs"].map((folder) => readdir(join(data, folder)).catch(() => [])),
    )
  )
    .flat()
    .filter((name) => !name.startsWith("."));

beforeAll(async () => {
  work = await temporary();
  home = join(work.path, "home");
  data = join(home, ".local", "share", "k3d");
  await mkdir(home);
  command = await installCli(await pack(join(ROOT, "packages", "cli"), work.path), work.path);
  tarball = await pack(join(ROOT, "examples", "plugin-hello"), work.path);
});
afterAll(async () => {
  await work?.[Symbol.asyncDispose]();
});

describe("a plug-in from a tarball, without a network", () => {
  it("adds its command, and goes without a trace", async () => {
    expect(await k3d("plugins", "install", tarball)).toMatchObject({
      exitCode: 0,
      text: expect.stringContaining(`Installed ${HELLO} 1.0.0`),
    });
    expect((await k3d("plugins", "list")).stdout).toMatch(/k3d-plugin-hello +1\.0\.0 +hello/);
    expect((await k3d("plugins", "inspect", HELLO)).stdout).toMatch(/^Hooks +beforeCreate$/m);
    expect((await k3d("hello", "--help")).stdout).toContain("Leave a greeting on the nodes");
    expect((await k3d("--help")).stdout).toMatch(/^ {2}hello +Leave a greeting/m);
    expect(await k3d("plugins", "uninstall", HELLO)).toMatchObject({ exitCode: 0 });
    expect((await k3d("plugins", "list")).stdout).not.toContain(HELLO);
    expect((await k3d("hello", "demo")).exitCode).toBe(2);
  });

  it("stays what it is where an update reaches no registry, which is said in one line", async () => {
    await k3d("plugins", "install", tarball);
    // A tarball has nothing to be updated from.
    expect(await k3d("plugins", "update")).toMatchObject({
      exitCode: 0,
      stdout: `${HELLO} 1.0.0`,
    });
    const list = join(data, "package.json");
    const listed = JSON.parse(await readFile(list, "utf8")) as Record<string, object>;
    const plugins = [{ name: HELLO, type: "user", tag: "latest" }];
    await writeFile(list, JSON.stringify({ ...listed, oclif: { plugins, schema: 1 } }));
    const { exitCode, text } = await k3d("plugins", "update");
    expect([exitCode, text]).toEqual([
      6,
      expect.stringMatching(
        /^Error: npm cannot reach its registry: ECONNREFUSED .*\nHint: .*tarball/,
      ),
    ]);
    expect((await k3d("hello", "--help")).exitCode).toBe(0);
    await k3d("plugins", "uninstall", HELLO);
  });

  it("that fits no longer says so where it is used, and takes no other command along", async () => {
    await k3d("plugins", "install", tarball);
    const path = join(data, "node_modules", HELLO, "package.json");
    const manifest = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
    await writeFile(
      path,
      JSON.stringify({ ...manifest, peerDependencies: { "@k3d/core": "^99.0.0" } }),
    );
    expect(await k3d("config", "init", "-o", "-")).toMatchObject({
      exitCode: 0,
      text: expect.not.stringContaining(HELLO),
    });
    expect((await k3d("plugins", "list")).stdout).toMatch(/k3d-plugin-hello .* broken/);
    const used = await k3d("hello", "demo");
    expect(used.exitCode).toBe(8);
    expect(used.text).toContain(`${HELLO} was written for @k3d/core ^99.0.0`);
  });

  it.each([
    ["no archive", async () => "text"],
    ["a part of one", async () => (await readFile(tarball)).subarray(0, 1000)],
    ["an empty file", async () => ""],
  ])("is refused when it is %s", async (_, content) => {
    const other = join(work.path, "other.tgz");
    await writeFile(other, await content());
    const { exitCode, text } = await k3d("plugins", "install", other);
    expect(exitCode, text).toBe(2);
    expect(text).toMatch(new RegExp(`^Error: ${other} is not an npm package: .*\n.*Hint: .*$`));
  });
});

describe("what cannot be used", () => {
  const COMMANDS = { oclif: { commands: "./commands" } };
  const RUNTIME = { k3d: { runtimes: { other: "./runtime.js" } } };

  it.each<[string, object, Record<string, string>, number, RegExp]>([
    [
      "a plug-in for another k3d",
      { peerDependencies: { "@k3d/core": "^99.0.0" } },
      {},
      8,
      /was written for @k3d\/core \^99\.0\.0/,
    ],
    [
      "an adapter of another contract",
      RUNTIME,
      {
        "runtime.js":
          "export default { name: 'other', contractVersion: 99, detect() {}, create() {} };",
      },
      7,
      /was written for another contract: version 99/,
    ],
    [
      "a command that throws when it is imported",
      COMMANDS,
      { "commands/bad.js": "throw new Error('no luck');" },
      2,
      /cannot be loaded: no luck/,
    ],
    [
      "a command that ends the process when it is imported",
      COMMANDS,
      { "commands/bad.js": "process.exit(0);" },
      2,
      /it ends the process when it is imported/,
    ],
    [
      "hooks that throw when they are imported",
      { k3d: { hooks: "./hooks.js" } },
      { "hooks.js": "throw new Error('no luck');" },
      2,
      /The hooks of k3d-unfit cannot be used: no luck/,
    ],
    ["a package that is none of k3d's", { oclif: undefined }, {}, 2, /is not a plug-in/],
  ])("is not kept: %s", async (_, manifest, files, code, message) => {
    const directory = await plugin("k3d-unfit", manifest, files);
    const before = await kept();
    const { exitCode, text } = await k3d("plugins", "install", directory);
    expect([exitCode, text]).toEqual([code, expect.stringMatching(message)]);
    expect(text).toMatch(/^Error: .*\n.*Hint: .*$/);
    expect(await kept()).toEqual(before);
    expect((await k3d("plugins", "list")).stdout).not.toContain("k3d-unfit");
    await rm(directory, { recursive: true });
  });

  it("is told in one line where there is no network", async () => {
    const byName = await k3d("plugins", "install", "k3d-plugin-of-nobody");
    expect([byName.exitCode, byName.text]).toEqual([
      6,
      expect.stringMatching(/^Error: npm cannot reach its registry: ECONNREFUSED .*\n.*tarball/),
    ]);
    const fromGit = await k3d("plugins", "install", "git+https://127.0.0.1:9/none.git");
    expect([fromGit.exitCode, fromGit.text]).toEqual([
      6,
      expect.stringMatching(
        /^Error: npm cannot reach the repository of the plug-in: .*\n.*tarball/,
      ),
    ]);
  });

  it("is in nobody's way when an interrupted installation left it", async () => {
    await k3d("plugins", "uninstall", HELLO);
    const running = start(["plugins", "install", tarball]);
    const ended = new AbortController();
    void running.finally(() => ended.abort());
    // npm has begun to put it in its place.
    while (!ended.signal.aborted && !(await kept()).includes(HELLO))
      await new Promise((resolve) => setTimeout(resolve, 5));
    running.kill("SIGKILL");
    expect((await running).signal).toBe("SIGKILL");
    expect((await k3d("config", "init", "-o", "-")).text).not.toContain("Warning");
    expect(await k3d("plugins", "install", tarball)).toMatchObject({ exitCode: 0 });
    expect((await k3d("hello", "--help")).exitCode).toBe(0);
    await k3d("plugins", "uninstall", HELLO);
    expect(await kept()).toEqual([]);
  });

  it("keeps no built-in command from working, and is named once", async () => {
    const broken = await plugin("k3d-broken", COMMANDS, {
      "commands/bad.js": "throw new Error('no luck');",
      "commands/worse.js": "process.exit(0);",
    });
    const entry = { name: "k3d-broken", type: "link", root: broken };
    await writeFile(join(data, "package.json"), JSON.stringify({ oclif: { plugins: [entry] } }));
    const { exitCode, text } = await k3d("config", "init", "-o", "-");
    expect(exitCode, text).toBe(0);
    expect(text.match(/k3d-broken cannot be used/g)).toHaveLength(1);
    expect((await k3d("plugins", "list")).stdout).toMatch(/k3d-broken .* broken/);
    expect((await k3d("plugins", "inspect", "k3d-broken")).stdout).toMatch(/^Problem +no luck$/m);
    expect(await k3d("plugins", "uninstall", "k3d-broken")).toMatchObject({ exitCode: 0 });
  });
});
