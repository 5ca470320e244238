import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResolvedConfig } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand } from "@k3d/plugin-kit/testing";
import { clusterView } from "../../testing/views.js";
import ClusterCreate from "./create.js";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-create-"));
  for (const name of Object.keys(process.env))
    if (name.startsWith("K3D_")) vi.stubEnv(name, undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true });
});

/** Creates a cluster that always succeeds. @returns the config that core was given. */
async function create(...argv: string[]) {
  const configs: ResolvedConfig[] = [];
  const result = await runCommand(ClusterCreate, argv, {
    clusters: {
      create: async (config) => {
        configs.push(config);
        return {
          cluster: clusterView({ name: config.metadata.name }),
          apiUrl: "https://127.0.0.1:28654",
          kubeconfig: { path: "/root/.kube/config", context: "k3d-demo", current: true },
          warnings: [],
        };
      },
    },
  });
  return { ...result, config: configs[0], created: configs.length };
}

describe("cluster create", () => {
  it.each([
    [[], "Stopping, and undoing what was made"],
    [["--no-rollback"], "Stopping"],
  ])("says with %j when it is interrupted whether it undoes", async (argv, text) => {
    const { stderr, exitCode } = await runCommand(ClusterCreate, argv, {
      clusters: {
        create: async (_config, { signal } = {}) => {
          process.emit("SIGHUP", "SIGHUP");
          signal?.throwIfAborted();
          throw new Error("not interrupted");
        },
      },
    });
    expect(exitCode).toBe(129);
    expect(stderr).toMatch(new RegExp(`${text}$`, "m"));
  });

  it("asks core for the default cluster and tells how to use it", async () => {
    const { config, exitCode, stdout } = await create();
    expect(exitCode).toBe(0);
    expect(config).toMatchObject({
      metadata: { name: "k3s-default" },
      servers: 1,
      agents: 0,
      options: {
        k3d: { wait: true, disableRollback: false },
        kubeconfig: { updateDefaultKubeconfig: true, switchCurrentContext: true },
      },
    });
    expect(stdout).toContain("kubectl get nodes");
  });

  it("passes every kind of flag on, in the syntax of the Go k3d", async () => {
    const { config } = await create(
      "demo",
      "-s3",
      "--agents=2",
      "-p",
      "8080:80@loadbalancer",
      "--port",
      "8443:443@loadbalancer",
      "--k3s-arg",
      "-v=5@server:0",
      "-e",
      "A=b,c@all",
      "--wait=false",
      "--no-lb=false",
      "--timeout=90s",
      "--registry-use",
      "one,two",
      "--switch-context=false",
      "--api-port",
      "127.0.0.1:6550",
    );
    expect(config).toMatchObject({
      metadata: { name: "demo" },
      servers: 3,
      agents: 2,
      kubeAPI: { hostPort: "6550" },
      ports: [
        { port: "8080:80", nodeFilters: ["loadbalancer"] },
        { port: "8443:443", nodeFilters: ["loadbalancer"] },
      ],
      env: [{ envVar: "A=b,c", nodeFilters: ["all"] }],
      registries: { use: ["one", "two"] },
      options: {
        k3d: { wait: false, disableLoadbalancer: false, timeout: "90s" },
        k3s: { extraArgs: [{ arg: "-v=5", nodeFilters: ["server:0"] }] },
        kubeconfig: { updateDefaultKubeconfig: true, switchCurrentContext: false },
      },
    });
  });

  it("lets flags win over the environment and that over the config file", async () => {
    const file = join(dir, "k3d.yaml");
    const options =
      "options:\n  k3d:\n    wait: false\n    disableLoadbalancer: true\n  runtime:\n    name: podman\n";
    await writeFile(
      file,
      `apiVersion: k3d.io/v1alpha5\nkind: Simple\nservers: 3\nagents: 3\nimage: a:1\n${options}`,
    );
    vi.stubEnv("K3D_AGENTS", "2");
    vi.stubEnv("K3D_IMAGE", "b:2");
    const { config, connections } = await create(
      "--config",
      file,
      "--image",
      "c:3",
      "--no-lb=false",
    );
    expect(config).toMatchObject({
      servers: 3,
      agents: 2,
      image: "c:3",
      options: { k3d: { wait: false, disableLoadbalancer: false } },
    });
    expect(connections[0]).toMatchObject({ runtime: undefined, configuredRuntime: "podman" });
  });

  it("prints the result as JSON, without the token", async () => {
    const { stdout } = await create("demo", "--json");
    expect(JSON.parse(stdout)).toMatchObject({
      cluster: { name: "demo", serversRunning: 1 },
      apiUrl: "https://127.0.0.1:28654",
      kubeconfig: { context: "k3d-demo", current: true },
      warnings: [],
    });
    expect(stdout).not.toContain("secret-token");
  });

  it.each([
    [["--servers", "0"], /servers/],
    [["--servers", "many"], /--servers must be a whole number/],
    [["--agents=-1"], /--agents/],
    [["--timeout", "soon"], /soon/],
    [["--port", "99999:1"], /99999/],
    [["--", "-dash"], /-dash/],
    [["a", "b"], /Unexpected argument: b/],
    [["--srevers", "1"], /Did you mean --servers/],
    [["--runtime-label", "k3d.cluster=x@all"], /k3d\.cluster/],
  ])("refuses %j before anything is asked of the runtime", async (argv, told) => {
    const { exitCode, stdout, stderr, created, connections } = await create(...argv);
    expect({ exitCode, stdout, created, connections }).toEqual({
      exitCode: 2,
      stdout: "",
      created: 0,
      connections: [],
    });
    expect(stderr).toMatch(told);
  });

  it("refuses a config file that is not there", async () => {
    expect(await create("--config", join(dir, "none.yaml"))).toMatchObject({
      exitCode: 3,
      created: 0,
    });
  });
});
