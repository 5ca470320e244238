import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeDirectory } from "./make-directory.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-directory-"));
});
afterEach(() => rm(root, { recursive: true }));

it("makes what is missing, and removes that alone", async () => {
  await mkdir(join(root, "here"));
  const undo = await makeDirectory(join(root, "here/a/b"));
  expect(await readdir(root, { recursive: true })).toEqual(["here", "here/a", "here/a/b"]);
  await undo();
  expect(await readdir(root, { recursive: true })).toEqual(["here"]);
});

it("leaves a directory that has something in it, and one that was there", async () => {
  const undo = await makeDirectory(join(root, "a/b"));
  await writeFile(join(root, "a/file"), "");
  await undo();
  expect(await readdir(root, { recursive: true })).toEqual(["a", "a/file"]);
  await (
    await makeDirectory(join(root, "a"))
  )();
  expect(await readdir(root)).toEqual(["a"]);
});

it("says what cannot be made", async () => {
  await writeFile(join(root, "file"), "");
  await expect(makeDirectory(join(root, "file/a"))).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining(join(root, "file/a")) as string,
  });
});
