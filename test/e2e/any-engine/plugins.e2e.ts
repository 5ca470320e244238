import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { expect, it } from "vitest";
import { onEveryEngine } from "../support/suite.js";
import { ROOT, type CliResult, type World } from "../support/world.js";

/** Whoever asks a registry gets no answer. */
const OFFLINE = {
  npm_config_registry: "http://127.0.0.1:9",
  npm_config_fetch_retries: "0",
  // nerdctl's commands are Docker's.
  K3D_NERDCTL_COMMAND: "docker",
};

interface PluginJson {
  name: string;
  commands: string[];
  runtimes: string[];
  problems: string[];
}

async function run(world: World, ...args: string[]): Promise<CliResult> {
  return world.run(args, { env: OFFLINE });
}

async function succeeds(world: World, ...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(world, ...args);
  expect([exitCode, stderr], `k3d ${args.join(" ")}`).toEqual([0, expect.anything()]);
  return stdout;
}

const installed = async (world: World): Promise<PluginJson[]> =>
  JSON.parse(await succeeds(world, "plugins", "list", "--json")) as PluginJson[];

/** Names of the plug-ins and of the tarballs that k3d keeps. */
async function kept(world: World): Promise<string[]> {
  const tarballs = await readdir(join(world.home, ".local/share/k3d/tarballs"));
  return [...(await installed(world)).map(({ name }) => name), ...tarballs];
}

/** Packs an example as its author would. @returns the tarball */
async function packExample(name: string, destination: string): Promise<string> {
  const directory = await mkdtemp(join(destination, "pack-"));
  await execa("pnpm", ["pack", "--pack-destination", directory], {
    cwd: join(ROOT, "examples", name),
  });
  const [file] = await readdir(directory);
  return join(directory, file ?? "");
}

/** Packs a package made on the spot. @returns the tarball */
async function packFiles(
  world: World,
  name: string,
  pjson: object,
  files: Record<string, string> = {},
): Promise<string> {
  const directory = join(world.home, "made", name);
  await mkdir(directory, { recursive: true });
  const all = {
    "package.json": JSON.stringify({ name, version: "1.0.0", type: "module", oclif: {}, ...pjson }),
    ...files,
  };
  for (const [path, content] of Object.entries(all))
    await writeFile(join(directory, path), content);
  const { stdout } = await execa("npm", ["pack", "--silent"], { cwd: directory });
  return join(directory, stdout.trim());
}

/** Installs what a package of the workspace's user would have from a registry. */
async function provide(directory: string): Promise<void> {
  const modules = join(directory, "node_modules");
  await mkdir(join(modules, "@k3d"), { recursive: true });
  await mkdir(join(modules, "@oclif"), { recursive: true });
  for (const name of ["core", "plugin-kit", "runtime-conformance"])
    await symlink(join(ROOT, "packages", name), join(modules, "@k3d", name));
  await symlink(
    join(ROOT, "examples/plugin-hello/node_modules/@oclif/core"),
    join(modules, "@oclif/core"),
  );
  await symlink(join(ROOT, "node_modules/vitest"), join(modules, "vitest"));
}

onEveryEngine("plug-ins of others", (world, engine) => {
  it("are installed from tarballs without a network, used, and removed", async () => {
    const w = world();
    const [hello, nerdctl] = await Promise.all([
      packExample("plugin-hello", w.home),
      packExample("runtime-nerdctl", w.home),
    ]);
    expect(await succeeds(w, "plugins", "install", hello)).toContain("k3d hello");
    expect(await succeeds(w, "plugins", "install", nerdctl)).toContain("--runtime nerdctl");
    // The one that is there already needs nothing of where it came from.
    await rm(hello);
    expect(await installed(w)).toMatchObject([
      { name: "k3d-plugin-hello", commands: ["hello"], runtimes: [], problems: [] },
      { name: "k3d-runtime-nerdctl", commands: [], runtimes: ["nerdctl"], problems: [] },
    ]);

    const name = w.name("plug");
    await succeeds(w, "--runtime", "nerdctl", "cluster", "create", name, "--no-lb");
    expect(await w.readyNodes()).toEqual([`k3d-${name}-server-0`]);
    const greeted = await succeeds(
      w,
      "--runtime",
      "nerdctl",
      "hello",
      name,
      "--message",
      "a 'b' $c",
      "--json",
    );
    expect(JSON.parse(greeted)).toMatchObject({ nodes: [`k3d-${name}-server-0`] });
    const file = await execa("docker", [
      "exec",
      `k3d-${name}-server-0`,
      "cat",
      "/var/lib/k3d-hello",
    ]);
    expect(file.stdout).toBe("a 'b' $c");
    await succeeds(w, "--runtime", "nerdctl", "cluster", "stop", name);
    await succeeds(w, "--runtime", "nerdctl", "cluster", "start", name);
    await succeeds(w, "--runtime", "nerdctl", "cluster", "delete", name);
    expect(await engine.containers(name)).toEqual([]);

    await succeeds(w, "plugins", "uninstall", "k3d-plugin-hello");
    await succeeds(w, "plugins", "uninstall", "k3d-runtime-nerdctl");
    expect(await installed(w)).toEqual([]);
    expect(await run(w, "hello", name)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("Unknown command: hello") as string,
    });
    expect(await readdir(join(w.home, ".local/share/k3d/tarballs"))).toEqual([]);
  });

  it("are refused when they are for another k3d, and nothing of them is kept", async () => {
    const w = world();
    const newer = await packFiles(w, "k3d-plugin-newer", {
      peerDependencies: { "@k3d/core": "^99.0.0" },
    });
    expect(await run(w, "plugins", "install", newer)).toMatchObject({
      exitCode: 8,
      stderr: expect.stringContaining(
        "k3d-plugin-newer was written for @k3d/core ^99.0.0",
      ) as string,
    });
    const contract = await packFiles(
      w,
      "k3d-runtime-newer",
      { exports: "./index.js", k3d: { runtimes: { newer: "./index.js" } } },
      {
        "index.js":
          "export default { name: 'newer', contractVersion: 99, detect() {}, create() {} };",
      },
    );
    expect(await run(w, "plugins", "install", contract)).toMatchObject({
      exitCode: 7,
      stderr: expect.stringMatching(
        /written for another contract: version 99[\s\S]*Update k3d/,
      ) as string,
    });
    expect(await installed(w)).toEqual([]);
    expect(await readdir(join(w.home, ".local/share/k3d/tarballs"))).toEqual([]);
  });

  it("that break keep no built-in command from working, and are named once", async () => {
    const w = world();
    const tarball = await packFiles(
      w,
      "k3d-plugin-breaks",
      { oclif: { commands: { strategy: "pattern", target: "." } } },
      { "breaks.js": "export default class { static run() {} }" },
    );
    await succeeds(w, "plugins", "install", tarball);
    const root = join(w.home, ".local/share/k3d/node_modules/k3d-plugin-breaks");
    await writeFile(join(root, "breaks.js"), 'throw new Error("no luck");');
    expect(await run(w, "breaks")).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(
        /of the plug-in k3d-plugin-breaks cannot be loaded: no luck/,
      ) as string,
    });
    await rm(join(root, "oclif.manifest.json"));
    const { exitCode, stderr } = await run(w, "config", "schema");
    expect(exitCode).toBe(0);
    expect(stderr.match(/k3d-plugin-breaks cannot be used/g)).toHaveLength(1);
    expect(await succeeds(w, "plugins", "inspect", "k3d-plugin-breaks")).toContain("no luck");
    await succeeds(w, "plugins", "uninstall", "k3d-plugin-breaks");
  });

  it("begin with a template: a command that works, and an adapter whose tests say what to write next", async () => {
    const w = world();
    const plugin = join(w.home, "k3d-plugin-count");
    await succeeds(w, "plugins", "create-plugin", plugin);
    await provide(plugin);
    await execa("npm", ["test"], { cwd: plugin });
    await succeeds(w, "plugins", "link", plugin);
    expect(await succeeds(w, "count")).toMatch(/^\d+ clusters$/);
    await succeeds(w, "plugins", "uninstall", "k3d-plugin-count");
    expect(await readFile(join(plugin, "package.json"), "utf8")).toContain("k3d-plugin-count");

    const adapter = join(w.home, "k3d-runtime-mine");
    await succeeds(w, "plugins", "create-adapter", adapter);
    await provide(adapter);
    const { exitCode, stdout } = await execa("npm", ["test"], { cwd: adapter, reject: false });
    expect(exitCode).toBe(1);
    expect(stdout).toContain(
      "Next: write containers.create in src/containers.js (31 of 31 methods are open)",
    );
    expect(await run(w, "plugins", "create-adapter", adapter)).toMatchObject({ exitCode: 4 });
  });
});
