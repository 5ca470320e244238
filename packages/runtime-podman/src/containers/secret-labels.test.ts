import { readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { testFolder, type TestFolder } from "../../test-support/fake-podman.js";
import { withSecretFile } from "./secret-labels.js";

let folder: TestFolder;
beforeEach(async () => {
  folder = await testFolder();
});
afterEach(() => folder.remove());

it("makes a file that only its owner can read, and removes it", async () => {
  const path = await withSecretFile(folder.path, ["a=b", "c=d"], async (file = "") => {
    expect(await readFile(file, "utf8")).toBe("a=b\nc=d\n");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(file))).mode & 0o777).toBe(0o700);
    return file;
  });
  await expect(stat(dirname(path))).rejects.toThrow("ENOENT");
});

it("removes it also after a failure", async () => {
  let path = "";
  const failing = withSecretFile(folder.path, ["a=b"], (file = "") => {
    path = file;
    return Promise.reject(new Error("failed"));
  });
  await expect(failing).rejects.toThrow("failed");
  await expect(stat(dirname(path))).rejects.toThrow("ENOENT");
});

it("makes none without lines", async () => {
  expect(await withSecretFile(folder.path, [], (file) => Promise.resolve(file))).toBeUndefined();
});
