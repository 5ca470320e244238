import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { missing } from "@k3d/core";
import { MemoryRuntime } from "@k3d/core/testing";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { standaloneKubeconfig } from "../../kubeconfig/standalone.js";
import { memoryServices, runCommand } from "@k3d/plugin-kit/testing";
import { clusterView } from "../../testing/views.js";
import ClusterDelete from "./delete.js";

let configHome: string;
beforeEach(async () => {
  configHome = await mkdtemp(join(tmpdir(), "k3d-config-"));
  vi.stubEnv("XDG_CONFIG_HOME", configHome);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(configHome, { recursive: true });
});

/** Deletes among the clusters `one` and `two`. */
async function remove(...argv: string[]) {
  const deleted: string[] = [];
  const existing = ["one", "two"];
  const result = await runCommand(ClusterDelete, argv, {
    clusters: {
      list: async () => existing.map((name) => clusterView({ name })),
      delete: async (name) => {
        if (!existing.includes(name))
          throw missing("cluster", [name], [{ name: "one" }, { name: "two" }]);
        deleted.push(name);
        return {
          name,
          removed: { containers: [], networks: [], volumes: [], kubeconfigEntries: [] },
        };
      },
    },
  });
  return { ...result, deleted };
}

describe("cluster delete", () => {
  it("deletes those named", async () => {
    const { deleted, exitCode, stdout, stderr } = await remove("two", "one");
    expect({ deleted, exitCode, stdout }).toEqual({
      deleted: ["two", "one"],
      exitCode: 0,
      stdout: "",
    });
    expect(stderr).toMatch(/Deleted cluster two\n.*Deleted cluster one\n$/);
  });

  it("deletes all with --all", async () => {
    expect((await remove("--all")).deleted).toEqual(["one", "two"]);
    expect((await remove("-a")).deleted).toEqual(["one", "two"]);
  });

  it("takes a cluster that does not exist for deleted", async () => {
    const { deleted, exitCode, stderr } = await remove("none", "one");
    expect({ deleted, exitCode }).toEqual({ deleted: ["one"], exitCode: 0 });
    expect(stderr).toMatch(
      /Cluster 'none' does not exist: nothing to delete; did you mean 'one'\?\n/,
    );
  });

  it("deletes k3s-default, or the one that a config file names", async () => {
    expect((await remove()).stderr).toMatch(
      /Cluster 'k3s-default' does not exist: nothing to delete\n/,
    );
    const file = join(configHome, "k3d.yaml");
    await writeFile(file, "apiVersion: k3d.io/v1alpha5\nkind: Simple\nmetadata:\n  name: two\n");
    expect((await remove("--config", file)).deleted).toEqual(["two"]);
    expect((await remove("--config", file, "one")).deleted).toEqual(["one"]);
    vi.stubEnv("K3D_CLUSTER_NAME", "one");
    expect((await remove("--config", file)).deleted).toEqual(["two"]);
    vi.stubEnv("K3D_CONFIG", file);
    expect((await remove()).deleted).toEqual(["two"]);
  });

  it("prints what it removed as JSON", async () => {
    expect(JSON.parse((await remove("one", "--json")).stdout)).toEqual([
      {
        name: "one",
        removed: { containers: [], networks: [], volumes: [], kubeconfigEntries: [] },
      },
    ]);
  });

  it("removes the kubeconfig file of the cluster", async () => {
    const files = ["one", "two"].map((name) =>
      standaloneKubeconfig(name, { homeDir: "/", configHome }),
    );
    for (const file of files) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, "");
    }
    await remove("one");
    expect(await readdir(join(configHome, "k3d"))).toEqual(["kubeconfig-two.yaml"]);
  });

  it.each(["x/../../../../../../", "../", "/"])("takes no label for a path: %s", async (way) => {
    const victim = join(configHome, "victim.yaml");
    await writeFile(victim, "mine");
    const runtime = new MemoryRuntime({ images: ["image"] });
    await runtime.containers.create({
      name: "odd",
      image: "image",
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      ports: [],
      labels: {
        app: "k3d",
        "k3d.role": "server",
        "k3d.cluster": `${way}${configHome.slice(1)}/victim`,
      },
    });
    const { exitCode } = await runCommand(
      ClusterDelete,
      ["--all"],
      memoryServices(runtime, configHome),
    );
    expect(exitCode).toBe(0);
    expect(await readFile(victim, "utf8")).toBe("mine");
    expect((await runtime.containers.list()).map(({ name }) => name)).toEqual(["odd"]);
  });

  it("refuses names together with --all, and deletes nothing", async () => {
    expect(await remove("one", "--all")).toMatchObject({ exitCode: 2, deleted: [] });
  });
});
