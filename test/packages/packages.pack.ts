import { cp, mkdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT, type Manifest } from "../../scripts/packing/package.ts";
import { oldestNode } from "./node.ts";
import { filesOf, installCli, installed, packAll, temporary, type Packed } from "./support.ts";

/** Kibibytes: a little more than they have, so that what is added is added on purpose. */
const LARGEST_KIB: Record<string, number> = { "@k3d/cli": 1600, "@k3d/core": 700 };
const LARGEST_OTHER_KIB = 200;

/** What is of use in this repository only. */
const NOT_FOR_USERS =
  /fixture|test-data|test-support|\.test\.|stand-in|golden|conformance\/|\.map$|tsbuildinfo|^src\/|(?<!\.d)\.ts$/;

let work: Awaited<ReturnType<typeof temporary>>;
let packed: Packed[];

const of = (name: string): Packed => {
  const found = packed.find(({ manifest }) => manifest.name === name);
  if (found === undefined) throw new Error(`${name} was not packed`);
  return found;
};

beforeAll(async () => {
  work = await temporary();
  packed = await packAll(work.path);
});

afterAll(async () => {
  await work?.[Symbol.asyncDispose]();
});

describe("published packages", () => {
  it("hold what users need and nothing else", async () => {
    for (const { manifest, tarball } of packed) {
      const files = await filesOf(tarball);
      expect(files, manifest.name).toEqual(
        expect.arrayContaining(["LICENSE", "README.md", "package.json"]),
      );
      expect(
        files.filter((file) => NOT_FOR_USERS.test(file)),
        manifest.name,
      ).toEqual([]);
      const { size } = await stat(tarball);
      const limit = LARGEST_KIB[manifest.name] ?? LARGEST_OTHER_KIB;
      expect(size / 1024, `${manifest.name} in KiB`).toBeLessThan(limit);
    }
  });

  it("say what they are and where they come from", async () => {
    for (const { folder, manifest } of packed) {
      expect(manifest.description, manifest.name).toMatch(/.{15}/);
      expect(manifest.keywords?.length, manifest.name).toBeGreaterThan(2);
      expect(`${ROOT}/${manifest.repository?.directory}`).toBe(folder);
      expect(manifest.license).toBe("MIT");
    }
  });

  it("carry the licences of what is bundled", async () => {
    const { stdout } = await execa("tar", [
      "-xzOf",
      of("@k3d/cli").tarball,
      "package/dist/THIRD-PARTY-LICENSES.txt",
    ]);
    for (const name of ["@oclif/core", "dockerode", "ssh2", "tsyringe", "yaml"])
      expect(stdout).toMatch(new RegExp(`^${name}@\\d.* \\(`, "m"));
    expect(stdout).toContain("Permission is hereby granted");
  });

  it("can be typechecked by a program that uses them, with the types of all libraries", async () => {
    const project = join(work.path, "consumer");
    await mkdir(project);
    await installed(packed, project);
    await cp(join(import.meta.dirname, "consumer.ts.txt"), join(project, "consumer.ts"));
    await mkdir(join(project, "node_modules", "@types"));
    await symlink(
      join(ROOT, "node_modules", "@types", "node"),
      join(project, "node_modules", "@types", "node"),
    );
    await symlink(join(ROOT, "node_modules", "vitest"), join(project, "node_modules", "vitest"));
    await writeFile(join(project, "package.json"), '{ "type": "module" }');
    const args =
      "--noEmit --strict --target es2023 --module nodenext --skipLibCheck false --types node consumer.ts";
    const result = await execa(join(ROOT, "node_modules", ".bin", "tsc"), args.split(" "), {
      cwd: project,
      reject: false,
    });
    expect(result.stdout).toBe("");
    expect(result.exitCode).toBe(0);
  });

  it("cannot be packed broken", async () => {
    const { folder } = of("@k3d/core");
    const byNpm = await execa("npm", ["pack", "--dry-run"], { cwd: folder, reject: false });
    expect(byNpm.exitCode).not.toBe(0);
    expect(byNpm.stderr).toContain("pack with pnpm");
    const unbuilt = join(ROOT, ".tools", "test", "unbuilt");
    await mkdir(unbuilt, { recursive: true });
    await cp(join(folder, "package.json"), join(unbuilt, "package.json"));
    const result = await execa(process.execPath, [join(ROOT, "scripts", "packing", "prepack.ts")], {
      cwd: unbuilt,
      reject: false,
      env: { K3D_PACK_BUILT: "1", npm_execpath: "/bin/pnpm.mjs" },
    });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("Not packed: @k3d/core lacks ./dist/index.d.ts");
  });
});

describe.each([
  ["this Node", async () => process.execPath],
  ["the oldest Node that it supports", oldestNode],
])("the CLI, installed from its tarball by npm with %s", (_what, findNode) => {
  let home: string;
  let node: string;
  let command: string;

  beforeAll(async () => {
    node = await findNode();
    home = join(work.path, `home-${(await execa(node, ["--version"])).stdout}`);
    await mkdir(home);
    command = await installCli(of("@k3d/cli").tarball, home, node);
  });

  const k3d = (...args: string[]) =>
    execa(node, [command, ...args], {
      cwd: work.path,
      extendEnv: false,
      env: { HOME: home, PATH: "/usr/bin:/bin" },
      reject: false,
    });

  it("runs without the checkout", async () => {
    const { stdout } = await k3d("version", "--json");
    expect(JSON.parse(stdout)).toMatchObject({ k3d: `v${of("@k3d/cli").manifest.version}` });
    const help = await k3d("cluster", "create", "--help");
    expect(help.stdout).toContain("--agents");
    const template = await k3d("config", "view", "--agents", "2");
    expect(template.stdout).toContain("apiVersion: k3d.io/v1alpha5");
    // Every adapter is loaded, also where its engine is not there.
    const runtimes = await k3d("runtime-info", "--json");
    for (const name of ["docker", "podman", "oci"]) expect(runtimes.stdout).toContain(`"${name}"`);
  });

  it("brings no other package", async () => {
    const { stdout } = await execa("npm", [
      "ls",
      "--global",
      "--all",
      "--json",
      `--prefix=${join(home, "prefix")}`,
    ]);
    const { dependencies } = JSON.parse(stdout) as {
      dependencies: Record<string, { dependencies?: object }>;
    };
    expect(Object.keys(dependencies)).toEqual(["@k3d/cli"]);
    expect(dependencies["@k3d/cli"]?.dependencies).toBeUndefined();
  });
});

describe("the archive with Node", () => {
  it("runs where there is neither Node nor npm, also through a link", async () => {
    const target = join(work.path, "standalone");
    const script = join(ROOT, "scripts", "packing", "standalone.ts");
    const { stdout: archive } = await execa(process.execPath, [script, "--output", target]);
    await execa("tar", ["-xzf", archive, "-C", target]);
    await symlink(join(target, "k3d", "bin", "k3d"), join(target, "link"));
    const bare = {
      cwd: "/",
      extendEnv: false,
      env: { HOME: target, PATH: "/nonexistent:/usr/bin:/bin" },
    };
    const { stdout } = await execa(join(target, "link"), ["version", "--json"], bare);
    const manifest = JSON.parse(
      await readFile(join(target, "k3d", "lib", "k3d", "package.json"), "utf8"),
    ) as Manifest;
    expect(JSON.parse(stdout)).toMatchObject({ k3d: `v${manifest.version}` });
    const { stdout: help } = await execa(
      join(target, "link"),
      ["cluster", "create", "--help"],
      bare,
    );
    expect(help).toContain("--agents");
    // Least of several, so that what else the machine does hardly counts; scripts/bench.sh measures it.
    const fastest = async (command: string, args: string[]): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < 7; round += 1) {
        const begin = performance.now();
        await execa(command, args, bare);
        times.push(performance.now() - begin);
      }
      return Math.min(...times);
    };
    const node = await fastest(join(target, "k3d", "lib", "node"), ["-e", "0"]);
    expect((await fastest(join(target, "link"), ["version"])) / node).toBeLessThan(3);
    const files = (await execa("tar", ["-tzf", archive])).stdout;
    expect(files).toContain("k3d/lib/NODE-LICENSE");
    expect(files).toContain("k3d/lib/k3d/dist/THIRD-PARTY-LICENSES.txt");
    expect(manifest).not.toHaveProperty("devDependencies");
  });
});
