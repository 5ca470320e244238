import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryRuntime } from "@k3d/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import ClusterCreate from "../commands/cluster/create.js";
import { memoryServices, runCommand } from "@k3d/plugin-kit/testing";

const NODE_IMAGE = "k3d.test/node:1";

let dir: string;
let runtime: MemoryRuntime;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-dry-run-"));
  runtime = new MemoryRuntime({ capabilities: { gpus: true } });
  for (const name of Object.keys(process.env))
    if (name.startsWith("K3D_")) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** `cluster create demo --dry-run` on an engine that is empty, and must be so afterwards. */
async function review(line: string, ...more: string[]) {
  const result = await runCommand(
    ClusterCreate,
    ["demo", "--dry-run", "--image", NODE_IMAGE, ...line.split(" "), ...more],
    memoryServices(runtime, dir),
  );
  expect(await runtime.containers.list()).toEqual([]);
  expect(await runtime.networks.list()).toEqual([]);
  expect(await runtime.volumes.list()).toEqual([]);
  return result;
}

describe("cluster create --dry-run", () => {
  it("prints a table for people", async () => {
    const { stdout } = await review(
      "--agents 1 --token de --subnet 10.7.0.0/24 --registry-create reg:5001 -v k3d-data:/data " +
        "-p [::1]:8080:80@server:0 -p 9000:9000/udp@agent:0:direct",
    );
    expect(stdout).toMatchInlineSnapshot(`
      "KIND          NAME                             ACTION   DETAILS
      image         k3d.test/node:1                  get      for 2 nodes
      image         docker.io/library/nginx:test     get      for 1 node
      image         docker.io/library/registry:test  get      for 1 node
      network       k3d-demo                         create   10.7.0.0/24
      volume        k3d-data                         create
      volume        k3d-demo-images                  create
      server        k3d-demo-server-0                create   initialises; at 10.7.0.3; 4 mounts; 4 files
      agent         k3d-demo-agent-0                 create   at 10.7.0.4; ports 9000->9000/udp; 4 mounts; 2 files
      loadbalancer  k3d-demo-serverlb                create   at 10.7.0.5; ports 0.0.0.0:random->6443/tcp, [::1]:8080->80/tcp; 2 mounts; 2 files
      registry      reg                              create   ports 0.0.0.0:5001->5000/tcp; 2 files
      forward       6443/tcp                         create   to k3d-demo-server-0
      forward       80/tcp                           create   to k3d-demo-server-0
      api           0.0.0.0:random                   publish  on k3d-demo-serverlb
      kubeconfig    default                          update   switch context
      "
    `);
  });

  it("prints the whole plan as data, without secrets", async () => {
    const registries = join(dir, "registries.yaml");
    await writeFile(registries, "configs:\n  reg.example:\n    auth:\n      password: hunter2\n");
    const { stdout } = await review(
      String.raw`--token hunter2 -e DB_PASSWORD=hunter2 --no-lb -o json --k3s-arg --datastore-endpoint=postgres://me:hunter2\@db`,
      "--registry-config",
      registries,
    );
    expect(stdout).not.toContain("hunter2");
    expect(JSON.parse(stdout)).toMatchObject({
      cluster: "demo",
      token: "***",
      nodes: [
        {
          name: "k3d-demo-server-0",
          spec: {
            image: NODE_IMAGE,
            process: {
              env: expect.arrayContaining(["DB_PASSWORD=***", "K3S_TOKEN=***"]) as string[],
              args: expect.arrayContaining([
                "--datastore-endpoint=postgres://me:***@db",
              ]) as string[],
            },
          },
        },
      ],
    });
    expect((await review("-o yaml")).stdout).toMatch(/^version: 1\ncluster: demo\n/);
  });

  it("tells what the user should know, also where nothing is made", async () => {
    const { stderr } = await review("--servers 2");
    expect(stderr).toContain("quorum");
  });
});

describe("cluster create --dry-run -o oci", () => {
  it("writes a bundle for each node, and what k3d adds to its image", async () => {
    const out = join(dir, "bundles");
    const { stdout } = await review(
      "--agents 1 --host-alias 10.1.2.3:db.example -o oci --output",
      out,
    );
    expect(stdout.split("\n").slice(0, 2)).toEqual([
      expect.stringMatching(/^NODE +BUNDLE +IMAGE +IMAGE CONFIG$/),
      expect.stringMatching(/^k3d-demo-server-0 .*bundles.k3d-demo-server-0 .*not here: assumed$/),
    ]);
    expect(await readdir(out)).toEqual([
      "k3d-demo-agent-0",
      "k3d-demo-server-0",
      "k3d-demo-serverlb",
    ]);
    const server = join(out, "k3d-demo-server-0");
    const config = JSON.parse(await readFile(join(server, "config.json"), "utf8")) as unknown;
    expect(config).toMatchObject({
      ociVersion: "1.0.2",
      hostname: "k3d-demo-server-0",
      root: { path: "rootfs" },
      process: {
        args: expect.arrayContaining(["/bin/k3d-entrypoint.sh", "server"]) as string[],
        env: expect.arrayContaining([
          "CRI_CONFIG_FILE=/var/lib/rancher/k3s/agent/etc/crictl.yaml",
        ]) as string[],
      },
      annotations: { "k3d.role": "server" },
    });
    expect(await readFile(join(server, "hosts"), "utf8")).toContain("10.1.2.3 db.example\n");
    const script = join(server, "rootfs/bin/k3d-entrypoint.sh");
    expect(await readFile(script, "utf8")).toMatch(/^#!\/bin\/sh\n/);
    expect((await stat(script)).mode & 0o777).toBe(0o755);
    // The token is in it.
    expect((await stat(join(server, "config.json"))).mode & 0o777).toBe(0o600);
  });

  it("takes the configuration of images that are there", async () => {
    runtime = new MemoryRuntime({
      images: [{ reference: NODE_IMAGE, env: ["FROM=image"] }],
    });
    const out = join(dir, "bundles");
    const { stdout } = await review("-o oci --no-lb --json --output", out);
    expect(JSON.parse(stdout)).toEqual([
      {
        node: "k3d-demo-server-0",
        path: join(out, "k3d-demo-server-0"),
        image: NODE_IMAGE,
        imageConfig: "image",
      },
    ]);
    const config = await readFile(join(out, "k3d-demo-server-0/config.json"), "utf8");
    expect((JSON.parse(config) as { process: { env: string[] } }).process.env).toContain(
      "FROM=image",
    );
  });

  it("writes nothing beside what is there, nor half of what cannot be said", async () => {
    await writeFile(join(dir, "mine"), "");
    expect(await review("-o oci --output", dir)).toMatchObject({ exitCode: 4, stdout: "" });
    const out = join(dir, "bundles");
    const gpus = await review("-o oci --gpus all --output", out);
    expect(gpus).toMatchObject({ stdout: "" });
    expect(gpus.stderr).toContain("[UNSUPPORTED]");
    expect(await review("-o oci --output", join(dir, "mine", "x"))).toMatchObject({
      exitCode: 2,
    });
    expect(await readdir(dir)).toEqual(["mine"]);
  });

  it.each([
    ["a directory", "-o oci"],
    ["one directory", "-o oci --output a --output b"],
    ["no other format", "-o oci --output json"],
    ["a known format", "-o xml"],
    ["one format", "-o json --output yaml"],
  ])("asks for %s", async (_what, line) => {
    const { exitCode, stderr } = await review(line);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("Use -o json, -o yaml, or --dry-run -o oci --output DIR.");
  });

  it("is for dry runs only", async () => {
    const { exitCode, stderr } = await runCommand(ClusterCreate, [
      "demo",
      "-o",
      "oci",
      "--output",
      join(dir, "bundles"),
    ]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("--dry-run");
  });
});
