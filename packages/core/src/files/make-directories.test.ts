import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeDirectories } from "./make-directories.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-directories-"));
});
afterEach(() => rm(root, { recursive: true }));

it("makes what is missing with the mode, and tells the topmost", async () => {
  expect(await makeDirectories(join(root, "a/b/c"), { mode: 0o700 })).toBe(join(root, "a"));
  expect((await stat(join(root, "a/b"))).mode & 0o777).toBe(0o700);
  expect(await makeDirectories(join(root, "a/b"))).toBeUndefined();
  expect(await makeDirectories(join(root, "a/b/d/"))).toBe(join(root, "a/b/d"));
  await Promise.all(Array.from({ length: 8 }, () => makeDirectories(join(root, "e/f/g"))));
  expect(await readdir(join(root, "e/f"))).toEqual(["g"]);
});

it("says what stands in the way", async () => {
  await writeFile(join(root, "file"), "");
  await symlink(join(root, "nowhere"), join(root, "dangling"));
  await expect(makeDirectories(join(root, "file"))).rejects.toMatchObject({ code: "EEXIST" });
  await expect(makeDirectories(join(root, "file/a/b"))).rejects.toMatchObject({ code: "ENOTDIR" });
  await expect(makeDirectories(join(root, "dangling"))).rejects.toMatchObject({ code: "EEXIST" });
});

it.runIf(existsSync("/proc/self"))("ends where nothing can be made", async () => {
  await expect(makeDirectories("/proc/nobody/a/b")).rejects.toMatchObject({ code: "ENOENT" });
});
