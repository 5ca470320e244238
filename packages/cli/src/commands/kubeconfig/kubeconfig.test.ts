import { homedir } from "node:os";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runCommand, type FakeServices } from "@k3d/plugin-kit/testing";
import { clusterView } from "../../testing/views.js";
import KubeconfigGet from "./get.js";
import KubeconfigMerge from "./merge.js";

const calls: unknown[] = [];
const services: FakeServices = {
  clusters: { list: async () => [clusterView({ name: "b" }), clusterView({ name: "a" })] },
  kubeconfigs: {
    get: async (clusters) => `apiVersion: v1\nkind: Config\nclusters: [${clusters.join(", ")}]\n`,
    merge: async (clusters, { signal: _signal, ...options } = {}) => {
      calls.push({ clusters, ...options });
      const contexts = clusters.map((name) => `k3d-${name}`);
      const current = contexts.at(-1);
      return {
        path: options.path ?? "/home/me/.kube/config",
        contexts,
        current,
      };
    },
  },
};

beforeEach(() => {
  calls.length = 0;
  vi.stubEnv("XDG_CONFIG_HOME", "/cfg");
});
afterEach(() => vi.unstubAllEnvs());

describe("kubeconfig get", () => {
  const get = (...argv: string[]) => runCommand(KubeconfigGet, argv, services);

  it("prints the kubeconfig of those named or of all", async () => {
    expect((await get("a")).stdout).toBe("apiVersion: v1\nkind: Config\nclusters: [a]\n");
    expect((await get("--all")).stdout).toContain("clusters: [a, b]");
  });

  it("prints it as JSON too", async () => {
    expect(JSON.parse((await get("a", "--json")).stdout)).toEqual({
      apiVersion: "v1",
      kind: "Config",
      clusters: ["a"],
    });
  });

  it("wants names or --all, not both", async () => {
    expect(await get()).toMatchObject({ exitCode: 2, stdout: "" });
    expect(await get("a", "--all")).toMatchObject({ exitCode: 2, stdout: "" });
  });
});

describe("kubeconfig merge", () => {
  const merge = (...argv: string[]) => runCommand(KubeconfigMerge, argv, services);
  const defaults = { update: true, overwrite: false, switchContext: true };

  it("writes a file for every cluster and prints the paths for KUBECONFIG", async () => {
    expect((await merge("a", "b")).stdout).toBe(
      "/cfg/k3d/kubeconfig-a.yaml:/cfg/k3d/kubeconfig-b.yaml\n",
    );
    expect(calls).toEqual([
      { clusters: ["a"], path: "/cfg/k3d/kubeconfig-a.yaml", ...defaults },
      { clusters: ["b"], path: "/cfg/k3d/kubeconfig-b.yaml", ...defaults },
    ]);
  });

  it("uses ~/.config without XDG_CONFIG_HOME, and k3s-default without a name", async () => {
    vi.stubEnv("XDG_CONFIG_HOME", "");
    expect((await merge()).stdout).toBe(`${homedir()}/.config/k3d/kubeconfig-k3s-default.yaml\n`);
  });

  it("merges all into one file with --output or -d", async () => {
    expect((await merge("--all", "-o", "/tmp/all.yaml")).stdout).toBe("/tmp/all.yaml\n");
    expect((await merge("a", "-d")).stdout).toBe("/home/me/.kube/config\n");
    expect(calls).toEqual([
      { clusters: ["a", "b"], path: "/tmp/all.yaml", ...defaults },
      { clusters: ["a"], ...defaults },
    ]);
  });

  it("passes the switches on, written in any way", async () => {
    await merge("a", "-ds=false", "--update=false", "--overwrite");
    await merge("a", "-d", "--no-kubeconfig-switch-context", "-u=0");
    expect(calls).toEqual([
      { clusters: ["a"], update: false, overwrite: true, switchContext: false },
      { clusters: ["a"], update: false, overwrite: false, switchContext: false },
    ]);
  });

  it("prints the kubeconfig itself with --output -", async () => {
    expect((await merge("a", "-o", "-")).stdout).toBe(
      "apiVersion: v1\nkind: Config\nclusters: [a]\n",
    );
    expect(calls).toEqual([]);
  });

  it("prints what it did as JSON", async () => {
    expect(JSON.parse((await merge("a", "-d", "--json")).stdout)).toEqual({
      paths: ["/home/me/.kube/config"],
      contexts: ["k3d-a"],
      current: "k3d-a",
    });
  });

  it("refuses two targets", async () => {
    const { exitCode, stderr } = await merge("a", "-d", "-o", "x");
    expect(exitCode).toBe(2);
    expect(stderr).toContain("kubeconfig-merge-default");
    expect(await merge("a", "--output=")).toMatchObject({ exitCode: 2 });
  });
});
