import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineNamed, enginesUnderTest } from "../support/engine.js";
import { PrivateDocker } from "../support/private-docker.js";
import { type CliResult, ROOT, World } from "../support/world.js";

/** Needs a second dockerd, so only where Docker is under test, as root on Linux. */
const possible =
  enginesUnderTest().some(({ name }) => name === "docker") &&
  process.platform === "linux" &&
  process.getuid?.() === 0;

/** As it is installed: `bin/k3d` names the images of the tests. */
const CLI = join(ROOT, "packages", "cli", "bin", "run.js");
const APP = "k3d.example/app:1";

describe.runIf(possible)("a bundle", () => {
  let world: World;
  let file: string;
  let engine: PrivateDocker;

  beforeAll(async () => {
    world = await World.create(engineNamed("docker"));
    file = join(world.home, "demo.tar");
    const config = join(world.home, "k3d.yaml");
    await writeFile(
      config,
      "apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata:\n  name: bundled\nagents: 1\nregistries:\n  create:\n    name: bundled-registry\n",
    );
    const image = process.env["K3D_IMAGE_LOADBALANCER"] ?? "k3d.local/loadbalancer:dev";
    await execa("docker", ["tag", image, APP]);
    await world.k3d("bundle", "create", "-c", config, "-o", file, "--image", APP);
    await execa("docker", ["rmi", APP]);
    // It has no image, and in its network namespace nobody answers.
    engine = await PrivateDocker.start();
  }, 240_000);
  afterAll(async () => {
    await engine?.dispose();
    await world?.dispose();
  });

  /** On the engine that has nothing, with nothing said of images. */
  const there = async (...args: string[]): Promise<CliResult> => {
    const [command, words] = engine.inside(process.execPath, CLI, ...args);
    const { stdout, stderr, exitCode } = await execa(command, words, {
      reject: false,
      extendEnv: false,
      env: {
        PATH: process.env["PATH"],
        HOME: world.home,
        KUBECONFIG: world.kubeconfig,
        DOCKER_HOST: engine.host,
      },
    });
    return { stdout, stderr, exitCode: exitCode ?? -1 };
  };

  it("is read by other tools, and names what it holds", async () => {
    const { stdout } = await execa("tar", ["-xOf", file, "index.json"]);
    const { manifests } = JSON.parse(stdout) as { manifests: object[] };
    expect(manifests).toContainEqual(
      expect.objectContaining({
        annotations: expect.objectContaining({
          "org.opencontainers.image.ref.name": APP,
        }) as object,
      }),
    );
    const shown = await world.json<{ images: { name: string; role: string }[] }>(
      "bundle",
      "inspect",
      file,
    );
    expect(shown.images.map(({ role }) => role).toSorted()).toEqual([
      "loadbalancer",
      "node",
      "registry",
      "workload",
    ]);
  });

  it("with one flipped byte is refused, and nothing is loaded or made", async () => {
    const bad = join(world.home, "bad.tar");
    await writeFile(bad, await readFile(file));
    const handle = await open(bad, "r+");
    const { size } = await handle.stat();
    await handle.write(Buffer.from([0xaa, 0x55]), 0, 2, Math.floor(size / 2));
    await handle.close();
    const { exitCode, stderr } = await there("cluster", "create", "--bundle", bad);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("damaged")]);
    expect(await engine.client("images", "-q")).toBe("");
  });

  it("makes nothing in a dry run", async () => {
    const { exitCode, stderr } = await there("cluster", "create", "--bundle", file, "--dry-run");
    expect(exitCode, stderr).toBe(0);
    expect(await engine.client("images", "-q")).toBe("");
  });

  it("is all that a cluster needs where nothing can be pulled", { timeout: 300_000 }, async () => {
    const since = Math.floor(Date.now() / 1000);
    const { exitCode, stderr } = await there("cluster", "create", "--bundle", file);
    expect(exitCode, stderr).toBe(0);
    const [command, around] = engine.inside("");
    world.around = [command, ...around.slice(0, -1)];
    const nodes = ["k3d-bundled-agent-0", "k3d-bundled-server-0"];
    expect((await world.readyNodes()).toSorted()).toEqual(nodes);
    for (const node of nodes)
      expect(await engine.client("exec", node, "crictl", "images")).toMatch(
        /k3d\.example\/app\s+1\s/,
      );
    const until = String(Math.ceil(Date.now() / 1000));
    const pulls = await engine.client(
      "events",
      "--since",
      String(since),
      "--until",
      until,
      "--filter",
      "event=pull",
    );
    expect(pulls).toBe("");
    const loaded = await there("bundle", "load", file, "--registry", "bundled-registry", "--json");
    expect(loaded.exitCode, loaded.stderr).toBe(0);
    const { inRegistry } = JSON.parse(loaded.stdout) as { inRegistry: Record<string, string> };
    const name = inRegistry[APP] ?? "";
    expect(name).toMatch(/^bundled-registry:\d+\/app:1$/);
    await engine.client("exec", nodes[0] as string, "crictl", "pull", name);
    const again = await there("bundle", "load", file, "--registry", "bundled-registry");
    expect(again.exitCode, again.stderr).toBe(0);
    const deleted = await there("cluster", "delete", "bundled");
    expect(deleted.exitCode, deleted.stderr).toBe(0);
    expect(await engine.client("ps", "-aq")).toBe("");
  });
});
