import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findSource, forgetArchives, keepArchive } from "./source.js";

const { signal } = new AbortController();

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-source-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

async function tarball(file: string, entries: Record<string, string>): Promise<string> {
  const archive = pack();
  for (const [name, content] of Object.entries(entries)) archive.entry({ name }, content);
  archive.finalize();
  const path = join(directory, file);
  await writeFile(path, gzipSync(await buffer(archive)));
  return path;
}

const FACTS = { name: "@a/k3d-b", version: "1.0.0-rc.1", oclif: {} };

describe("findSource", () => {
  it("reads what a tarball holds, by its path or its address", async () => {
    const path = await tarball("a.tgz", {
      "package/nested/package.json": '{"name":"wrong","version":"0.0.0"}',
      "package/package.json": JSON.stringify(FACTS),
    });
    for (const input of [path, `file:${path}`, `file://${path}`])
      expect(await findSource(input, signal)).toMatchObject({
        type: "archive",
        path,
        facts: FACTS,
      });
  });

  it.each(["k3d-plugin", "@scope/plugin", "k3d-plugin@1.2.3", "git+ssh://host/repo.git"])(
    "leaves %s to npm",
    async (spec) => {
      expect(await findSource(spec, signal)).toEqual({ type: "registry", spec });
    },
  );

  it.each(["./none", "/none/at/all", "none.tgz", "file:none", "../none.tar.gz"])(
    "knows that %s would be a path",
    async (input) => {
      await expect(findSource(input, signal)).rejects.toMatchObject({ code: "NOT_FOUND" });
    },
  );

  it("refuses a file that is not a package", async () => {
    await writeFile(join(directory, "text.tgz"), "text");
    const whole = await tarball("whole.tgz", {
      "package/package.json": JSON.stringify(FACTS),
      "package/long": randomBytes(200_000).toString("hex"),
    });
    await writeFile(join(directory, "cut.tgz"), (await readFile(whole)).subarray(0, 1000));
    await writeFile(join(directory, "empty.tgz"), "");
    const paths = [
      join(directory, "text.tgz"),
      join(directory, "cut.tgz"),
      join(directory, "empty.tgz"),
      await tarball("none.tgz", { "package/index.js": "" }),
      await tarball("bad.tgz", { "package/package.json": "{" }),
      await tarball("nameless.tgz", { "package/package.json": "{}" }),
    ];
    for (const path of paths)
      await expect(findSource(path, signal)).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringContaining(`${path} is not an npm package`) as string,
      });
  });
});

it.each(["", " "])("refuses the name '%s'", async (input) => {
  await expect(findSource(input, signal)).rejects.toMatchObject({ code: "INVALID_INPUT" });
});

it("refuses a directory without a package, before npm is asked", async () => {
  await expect(findSource(directory, signal)).rejects.toMatchObject({
    code: "NOT_FOUND",
    message: `${directory} holds no readable package.json`,
  });
});

describe("kept tarballs", () => {
  it("say where they cannot be kept", async () => {
    const path = await tarball("p.tgz", { "package/package.json": JSON.stringify(FACTS) });
    await expect(keepArchive("/dev/null/k3d", path, FACTS)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining("/dev/null/k3d/tarballs/") as string,
      hint: expect.stringContaining("K3D_DATA_DIR") as string,
    });
  });

  it("have names that tell their content, and go when no plug-in came from them", async () => {
    const one = await tarball("p.tgz", { "package/package.json": JSON.stringify(FACTS) });
    const other = await tarball("q.tgz", {
      "package/package.json": JSON.stringify(FACTS),
      more: "",
    });
    const kept = await keepArchive(directory, one, FACTS);
    const again = await keepArchive(directory, one, FACTS);
    const changed = await keepArchive(directory, other, FACTS);
    expect(again).toBe(kept);
    expect(changed).not.toBe(kept);
    expect(await readFile(kept)).toEqual(await readFile(one));
    await forgetArchives(directory, [`file:${kept}`]);
    expect(await readdir(join(directory, "tarballs"))).toEqual([kept.split("/").at(-1)]);
  });
});
