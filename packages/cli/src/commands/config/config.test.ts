import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import ConfigInit from "./init.js";
import ConfigMigrate from "./migrate.js";
import ConfigSchema from "./schema.js";
import ConfigView from "./view.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-config-"));
  for (const name of Object.keys(process.env))
    if (name.startsWith("K3D_")) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

const OLD =
  "apiVersion: k3d.io/v1alpha3\nkind: Simple\nname: old\nservers: 3\ntoken: very-secret\n";

describe("config init", () => {
  it("writes a file that the other commands take, and prints its path", async () => {
    const file = join(dir, "k3d.yaml");
    expect((await runCommand(ConfigInit, ["demo", "--servers", "3", "-o", file])).stdout).toBe(
      `${file}\n`,
    );
    const { stdout } = await runCommand(ConfigView, ["-c", file, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ metadata: { name: "demo" }, servers: 3 });
  });

  it("replaces a file only with --force", async () => {
    const file = join(dir, "k3d.yaml");
    await writeFile(file, "mine");
    expect(await runCommand(ConfigInit, ["-o", file])).toMatchObject({ exitCode: 4, stdout: "" });
    expect(await readFile(file, "utf8")).toBe("mine");
    expect(await runCommand(ConfigInit, ["-o", file, "--force"])).toMatchObject({ exitCode: 0 });
    expect(await readFile(file, "utf8")).toContain("kind: Simple");
  });

  it("prints to standard output with -, and refuses a directory that is not there", async () => {
    expect((await runCommand(ConfigInit, ["-o", "-"])).stdout).toContain(
      "apiVersion: k3d.io/v1alpha5",
    );
    expect(await runCommand(ConfigInit, ["-o", join(dir, "none", "x.yaml")])).toMatchObject({
      exitCode: 2,
      stdout: "",
    });
  });
});

describe("config migrate", () => {
  it("prints a file in the current version, or writes it", async () => {
    const [old, current] = [join(dir, "old.yaml"), join(dir, "new.yaml")];
    await writeFile(old, OLD);
    const { stdout } = await runCommand(ConfigMigrate, [old]);
    expect(stdout).toMatch(/^apiVersion: k3d\.io\/v1alpha5\n[\s\S]*metadata:\n {2}name: old\n/);
    expect((await runCommand(ConfigMigrate, [old, current])).stdout).toBe(`${current}\n`);
    expect(await readFile(current, "utf8")).toBe(stdout);
  });

  it("refuses what is not a config, and writes nothing", async () => {
    const [bad, target] = [join(dir, "bad.yaml"), join(dir, "new.yaml")];
    await writeFile(bad, "kind: Simple\n");
    expect(await runCommand(ConfigMigrate, [bad, target])).toMatchObject({
      exitCode: 2,
      stdout: "",
    });
    await expect(access(target)).rejects.toThrow("ENOENT");
    expect(await runCommand(ConfigMigrate, [join(dir, "none.yaml")])).toMatchObject({
      exitCode: 3,
    });
  });
});

describe("config view", () => {
  it("prints a config file that means the same, without its secrets", async () => {
    const file = join(dir, "k3d.yaml");
    const again = join(dir, "again.yaml");
    const registries = join(dir, "registries.yaml");
    await writeFile(registries, "mirrors: {}");
    await writeFile(file, `${OLD}registries: { config: registries.yaml, create: {} }\n`);
    const view = await runCommand(ConfigView, [
      "-c",
      file,
      "--agents",
      "2",
      "-p",
      "80:80@server:0",
    ]);
    expect(view.stdout).toMatch(/^apiVersion: k3d\.io\/v1alpha5\n/);
    expect(view.stdout).toContain(`config: ${registries}`);
    expect(view.stdout).not.toContain("very-secret");
    expect(view.stderr).toContain("--raw");
    const raw = ["-c", file, "--agents", "2", "-p", "80:80@server:0", "--raw", "-o", "yaml"];
    const { stdout } = await runCommand(ConfigView, raw);
    expect(stdout).toContain("token: very-secret");
    await writeFile(again, stdout);
    const { stdout: second, stderr } = await runCommand(ConfigView, ["-c", again, "--raw"]);
    expect(second).toBe(await readFile(again, "utf8"));
    expect(stderr).toBe("");
  });

  it.each(["nofile.yaml", "nofile.yml", "nofile.json", "./nofile"])(
    "takes %s for a file that is missing, not for a cluster",
    async (path) => {
      vi.stubEnv("DOCKER_HOST", "unix:///nowhere.sock");
      expect(await runCommand(ConfigView, [path])).toMatchObject({
        exitCode: 3,
        stdout: "",
        stderr: expect.stringMatching(
          /Config file \S*nofile\S* cannot be read: there is no such file[\s\S]*--config/,
        ) as string,
      });
    },
  );

  it("says how a config file is named that was given for a cluster", async () => {
    vi.stubEnv("DOCKER_HOST", "unix:///nowhere.sock");
    const file = join(dir, "k3d.yaml");
    await writeFile(file, OLD);
    expect(await runCommand(ConfigView, [file])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(`Name the config file with --config ${file}`) as string,
    });
  });

  it("shows what set each value with --origins, and no secret", async () => {
    const file = join(dir, "k3d.yaml");
    await writeFile(file, OLD);
    vi.stubEnv("K3D_AGENTS", "2");
    vi.stubEnv("K3D_SERVERS_MEMORY", "1g");
    vi.stubEnv("K3D_CONFIG", file);
    const { stdout, connections } = await runCommand(ConfigView, ["--image", "a:1", "--origins"]);
    const row = (field: string) =>
      stdout
        .split("\n")
        .find((line) => line.startsWith(`${field} `))
        ?.split(/ {2,}/);
    expect(row("servers")).toEqual(["servers", "3", expect.stringContaining("k3d.yaml:4:")]);
    expect(row("agents")).toEqual(["agents", "2", "K3D_AGENTS"]);
    expect(row("image")).toEqual(["image", "a:1", "--image"]);
    expect(row("options.runtime.serversMemory")?.at(-1)).toBe("K3D_SERVERS_MEMORY");
    expect(row("options.k3d.wait")).toEqual(["options.k3d.wait", "true", "default"]);
    expect(stdout).not.toContain("very-secret");
    expect(connections).toEqual([]);
  });

  it("lets a file win over variables that only k3d here knows", async () => {
    const file = join(dir, "k3d.yaml");
    await writeFile(file, `${OLD}options: { k3d: { disableLoadbalancer: true, timeout: 90s } }\n`);
    vi.stubEnv("K3D_CLUSTER_NAME", "other");
    vi.stubEnv("K3D_TIMEOUT", "1s");
    vi.stubEnv("K3D_OPTIONS_K3D_DISABLELOADBALANCER", "false");
    const { stdout } = await runCommand(ConfigView, ["-c", file, "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      metadata: { name: "old" },
      options: { k3d: { timeout: "90s", disableLoadbalancer: false } },
    });
  });
});

describe("config schema", () => {
  it("prints the schema of the current version, or of another", async () => {
    const schema = async (...argv: string[]): Promise<unknown> =>
      JSON.parse((await runCommand(ConfigSchema, argv)).stdout);
    expect(await schema()).toMatchObject({
      properties: { apiVersion: { const: "k3d.io/v1alpha5" } },
    });
    expect(await schema("v1alpha2")).toMatchObject({
      properties: { apiVersion: { const: "k3d.io/v1alpha2" } },
    });
    expect(await runCommand(ConfigSchema, ["v9"])).toMatchObject({ exitCode: 2, stdout: "" });
  });
});
