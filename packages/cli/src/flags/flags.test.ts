import { flagName, flagsToConfig, type CreateFlags } from "@k3d/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import { selectClusters } from "./clusters.js";
import { configFile, configFlags, createFlags } from "./create.js";

afterEach(() => vi.unstubAllEnvs());

describe("configFile", () => {
  it("is what --config names, else what K3D_CONFIG names", () => {
    vi.stubEnv("K3D_CONFIG", "k3d.yaml");
    expect([configFile("a.yaml"), configFile(""), configFile(undefined)]).toEqual([
      "a.yaml",
      "k3d.yaml",
      "k3d.yaml",
    ]);
    vi.stubEnv("K3D_CONFIG", "");
    expect(configFile(undefined)).toBeUndefined();
  });
});

describe("createFlags", () => {
  it("gives core every flag under its own name", () => {
    const names = Object.keys(configFlags);
    const values = Object.fromEntries(names.map((name) => [name, name]));
    const flags = createFlags({ ...values, json: true, config: "k3d.yaml", "dry-run": true });
    expect(
      Object.keys(flags).map((flag) => flagName(flag as Extract<keyof CreateFlags, string>)),
    ).toEqual(names.map((name) => `--${name}`));
  });

  it("is understood by core, every single flag", () => {
    const samples: Record<string, unknown> = {
      servers: 1,
      agents: 1,
      "api-port": "6550",
      "host-alias": ["10.0.0.1:db"],
      "registry-create": "reg",
      "runtime-ulimit": ["nofile=1:2"],
      "wait-for": "ready",
      port: ["80:80"],
    };
    for (const [name, flag] of Object.entries(configFlags)) {
      const { type, multiple } = flag as { type: string; multiple?: boolean };
      const value = samples[name] ?? (type === "boolean" ? true : multiple ? ["a=b"] : "x");
      const bare = flagsToConfig({});
      expect(flagsToConfig(createFlags({ [name]: value })), name).not.toEqual(bare);
    }
  });

  it("leaves out what was not given", () => {
    expect(createFlags({ servers: undefined, wait: false })).toEqual({ wait: false });
  });
});

describe("selectClusters", () => {
  const clusters = { list: async () => [{ name: "b" }, { name: "a" }] as never };
  const { signal } = new AbortController();

  it.each([
    [{ names: undefined, all: false }, ["k3s-default"]],
    [{ names: undefined, all: false, fallback: "demo" }, ["demo"]],
    [{ names: ["x", "y", "x"], all: false, fallback: "demo" }, ["x", "y"]],
    [{ names: [], all: true }, ["a", "b"]],
  ])("%j → %j", async (selection, expected) => {
    expect(await selectClusters(selection, clusters, signal)).toEqual(expected);
  });

  it("does not know a variable K3D_CLUSTER_NAME, and refuses an empty name", async () => {
    vi.stubEnv("K3D_CLUSTER_NAME", "other");
    expect(await selectClusters({ names: [], all: false }, clusters, signal)).toEqual([
      "k3s-default",
    ]);
    await expect(selectClusters({ names: [""], all: false }, clusters, signal)).rejects.toThrow(
      "The name of a cluster is empty",
    );
  });

  it("refuses names together with --all", async () => {
    await expect(
      selectClusters({ names: ["x"], all: true }, clusters, signal),
    ).rejects.toMatchObject({
      code: "CONFLICTING_OPTIONS",
    });
  });
});
