import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { removeStandaloneKubeconfigs, standaloneKubeconfig } from "./standalone.js";

let homeDir: string;
beforeEach(async () => void (homeDir = await mkdtemp(join(tmpdir(), "k3d-home-"))));
afterEach(() => rm(homeDir, { recursive: true }));

it("lies below XDG_CONFIG_HOME, else below ~/.config", () => {
  expect(standaloneKubeconfig("demo", { homeDir: "/home/me" })).toBe(
    "/home/me/.config/k3d/kubeconfig-demo.yaml",
  );
  expect(standaloneKubeconfig("demo", { homeDir: "/home/me", configHome: "/cfg" })).toBe(
    "/cfg/k3d/kubeconfig-demo.yaml",
  );
});

it("is removed with the cluster, also one of the Go k3d, and no other file", async () => {
  const configHome = join(homeDir, "cfg");
  const ours = standaloneKubeconfig("demo", { homeDir, configHome });
  const theirs = join(configHome, "kubeconfig-demo.yaml");
  const other = standaloneKubeconfig("demo2", { homeDir, configHome });
  await mkdir(dirname(ours), { recursive: true });
  for (const path of [ours, theirs, other]) await writeFile(path, "");
  expect(await removeStandaloneKubeconfigs("demo", { homeDir, configHome })).toEqual({
    removed: [ours, theirs],
    failed: [],
  });
  await access(other);
  expect(await removeStandaloneKubeconfigs("demo", { homeDir, configHome })).toEqual({
    removed: [],
    failed: [],
  });
});

it("tells what cannot be removed", async () => {
  const path = standaloneKubeconfig("demo", { homeDir });
  await mkdir(path, { recursive: true });
  const { failed } = await removeStandaloneKubeconfigs("demo", { homeDir });
  expect(failed).toEqual([{ path, reason: expect.stringContaining("directory") as string }]);
});
