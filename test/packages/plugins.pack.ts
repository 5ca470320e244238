import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/packing/package.ts";
import { temporary } from "./support.ts";

const HELLO = "k3d-plugin-hello";

let work: Awaited<ReturnType<typeof temporary>>;
let home: string;
let tarball: string;

/** k3d in a home directory of its own, where npm may reach nobody. */
async function k3d(...args: string[]) {
  const { all, exitCode, stdout } = await execa(join(ROOT, "bin", "k3d"), args, {
    cwd: work.path,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      KUBECONFIG: join(home, "config"),
      npm_config_registry: "http://127.0.0.1:9",
      npm_config_fetch_retries: "0",
    },
    extendEnv: false,
    all: true,
    reject: false,
  });
  return { exitCode, stdout, text: all };
}

beforeAll(async () => {
  work = await temporary();
  home = join(work.path, "home");
  await mkdir(home);
  await execa("pnpm", ["pack", "--pack-destination", work.path], {
    cwd: join(ROOT, "examples", "plugin-hello"),
  });
  const name = (await readdir(work.path)).find((file) => file.endsWith(".tgz"));
  tarball = join(work.path, name ?? "");
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
    const list = join(home, ".local", "share", "k3d", "package.json");
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
    const directory = join(home, ".local", "share", "k3d", "node_modules", HELLO);
    const path = join(directory, "package.json");
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

  it("is refused when it is none", async () => {
    const other = join(work.path, "other.tgz");
    await writeFile(other, "no archive");
    const { exitCode, text } = await k3d("plugins", "install", other);
    expect(exitCode).toBe(2);
    expect(text).toContain(other);
    expect(text).not.toContain("    at ");
  });
});
