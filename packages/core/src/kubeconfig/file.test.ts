import { execFileSync } from "node:child_process";
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { KubeconfigDocument } from "./document.js";
import { fileKubeconfigStore } from "./file.js";
import { removeEntries } from "./remove-entries.js";

let directory: string;
const at = (name: string): string => join(directory, name);
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "k3d-kubeconfig-"))));
afterEach(() => rm(directory, { recursive: true }));

const storeOf = (...names: string[]) =>
  fileKubeconfigStore({ KUBECONFIG: names.map(at).join(":") }, directory);

async function writeEntries(name: string, ...clusters: string[]): Promise<void> {
  const document = await KubeconfigDocument.empty();
  for (const cluster of clusters) {
    document.put({
      contextName: `k3d-${cluster}`,
      userName: `admin@k3d-${cluster}`,
      cluster: { server: "https://127.0.0.1:1", "certificate-authority-data": "Y2E=" },
      user: { "client-certificate-data": "Yw==", "client-key-data": "aw==" },
    });
    document.currentContext ??= `k3d-${cluster}`;
  }
  await writeFile(at(name), document.toString());
}

describe("a list in KUBECONFIG", () => {
  it.each([
    [["a", "b"], [], "a"],
    [["a", "b"], ["b"], "b"],
    [["a", "b", "c"], ["c", "b"], "b"],
    [["a", "b"], ["a", "b"], "a"],
    [["", "a", "", "a"], [], "a"],
  ])("%j with %j there: %s is written", async (list, there, wanted) => {
    for (const name of there) await writeEntries(name);
    const value = list.map((name) => name && at(name)).join(":");
    const store = fileKubeconfigStore({ KUBECONFIG: value }, directory);
    expect(store.defaultPath).toBe(at(wanted));
    expect(store.paths).toEqual([...new Set(list.filter(Boolean))].map(at));
  });

  it("is cleaned in every file, and where one file names the context of another", async () => {
    await writeEntries("a", "other");
    await writeEntries("b", "gone", "stays");
    await writeEntries("c", "gone");
    await writeFile(
      at("a"),
      (await readFile(at("a"), "utf8")).replace(/current-context: .*/, "current-context: k3d-gone"),
    );
    const store = storeOf("a", "missing", "b", "c");
    expect((await removeEntries(store, "gone")).removed.sort()).toEqual([
      "admin@k3d-gone",
      "k3d-gone",
    ]);
    for (const name of ["a", "b", "c"])
      expect(await readFile(at(name), "utf8")).not.toContain("gone");
    expect(await readFile(at("b"), "utf8")).toContain("k3d-stays");
    expect(await readdir(directory)).not.toContain("missing");
  });

  it("with a broken file is cleaned in the others, and the broken one is told of", async () => {
    await writeFile(at("a"), "clusters: [");
    await writeEntries("b", "gone");
    const { removed, failures } = await removeEntries(storeOf("a", "b"), "gone");
    expect(removed).toContain("k3d-gone");
    expect(failures.map(({ code }) => code)).toEqual(["INVALID_CONFIG"]);
  });
});

describe("check", () => {
  it.each([["clusters: ["], ["- a"], ["text"]])(
    "refuses what is not a kubeconfig: %j",
    async (text) => {
      await writeFile(at("config"), text);
      await expect(storeOf("config").check(at("config"))).rejects.toMatchObject({
        code: "INVALID_CONFIG",
      });
    },
  );

  it("takes a missing file and makes nothing", async () => {
    await storeOf("x").check(at("new/config"));
    expect(await readdir(directory)).toEqual([]);
  });

  it.each(["/dev/null/config", "/proc/config"])("refuses %s", async (path) => {
    await expect(storeOf("x").check(path)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  it("refuses a directory", async () => {
    await expect(storeOf("x").check(directory)).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });
});

describe("what is not a regular file", () => {
  it("a device is written to and stays; there is no lock beside it", async () => {
    await symlink("/dev/null", at("config"));
    const store = storeOf("config");
    await store.check(at("config"));
    await store.update(at("config"), (document) => ((document.currentContext = "x"), true));
    expect(await readdir(directory)).toEqual(["config"]);
    expect((await lstat("/dev/null")).isCharacterDevice()).toBe(true);
    expect((await store.read(at("config"))).names("contexts")).toEqual([]);
  });

  it("a pipe that nobody reads is refused, and not waited for", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const store = storeOf("pipe");
    expect((await store.read(at("pipe"))).names("contexts")).toEqual([]);
    await expect(store.update(at("pipe"), () => true)).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

it("gives up the wait for a lock at the signal", async () => {
  await writeEntries("config");
  await writeFile(at("config.lock"), "");
  const controller = new AbortController();
  const update = storeOf("config").update(at("config"), () => true, { signal: controller.signal });
  controller.abort();
  await expect(update).rejects.toMatchObject({ code: "ABORTED" });
});

it("writes into a directory of its own", async () => {
  await mkdir(at("real"));
  await symlink("real", at("link"));
  await storeOf("link/sub/config").update(at("link/sub/config"), () => true);
  expect(await readdir(at("real/sub"))).toEqual(["config"]);
});
