import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pack } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContainerTree } from "./tree.ts";
import { unpackInto } from "./unpack.ts";

let directory: string;
let root: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-tree-"));
  root = join(directory, "root");
  await mkdir(join(root, "etc"), { recursive: true });
  await mkdir(join(root, "run"));
  await mkdir(join(root, "var"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe("ContainerTree", () => {
  it("follows links within the root, however they are written", async () => {
    await symlink("/run", join(root, "var/run"));
    await symlink("../../../../etc", join(root, "var/up"));
    const tree = new ContainerTree(root);
    expect(await tree.resolve("/var/run/x")).toEqual({
      path: "/run/x",
      hostPath: join(root, "run/x"),
    });
    expect(await tree.resolve("/var/up/passwd")).toEqual({
      path: "/etc/passwd",
      hostPath: join(root, "etc/passwd"),
    });
    expect((await tree.resolve("/var/run", { followLast: false })).path).toBe("/var/run");
    expect((await tree.resolve("/../../..")).hostPath).toBe(root);
  });

  it("takes what is mounted from where it comes from", async () => {
    const data = join(directory, "data");
    const tree = new ContainerTree(root, [
      { destination: "/var/lib", source: data },
      { destination: "/var/lib/deep", source: join(directory, "deep") },
      { destination: "/etc/hosts", source: join(directory, "hosts") },
    ]);
    expect(tree.hostPath("/var/lib/a/b")).toBe(join(data, "a/b"));
    expect(tree.hostPath("/var/lib")).toBe(data);
    expect(tree.hostPath("/var/library")).toBe(join(root, "var/library"));
    expect(tree.hostPath("/var/lib/deep/x")).toBe(join(directory, "deep/x"));
    expect(tree.hostPath("/etc/hosts")).toBe(join(directory, "hosts"));
  });

  it("gives up on links in a circle", async () => {
    await symlink("/b", join(root, "a"));
    await symlink("/a", join(root, "b"));
    await expect(new ContainerTree(root).resolve("/a/x")).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe.runIf(process.getuid?.() === 0)("unpackInto", () => {
  it("never leaves the root, whatever links the archive and the container have", async () => {
    const outside = join(directory, "outside");
    await mkdir(outside);
    await symlink(outside, join(root, "var/escape"));
    const archive = pack();
    archive.entry({ name: "var/escape/one" }, "1");
    archive.entry({ name: "link", type: "symlink", linkname: outside });
    archive.entry({ name: "link/two" }, "2");
    archive.entry({ name: "../../three" }, "3");
    archive.finalize();
    await unpackInto(new ContainerTree(root), "/", Readable.from(archive));
    await expect(readFile(join(outside, "one"))).rejects.toThrow("ENOENT");
    await expect(readFile(join(outside, "two"))).rejects.toThrow("ENOENT");
    expect(await readFile(join(root, outside, "one"), "utf8")).toBe("1");
    expect(await readFile(join(root, outside, "two"), "utf8")).toBe("2");
    expect(await readFile(join(root, "three"), "utf8")).toBe("3");
  });

  it("keeps links to directories where the archive has a directory", async () => {
    await symlink("/run", join(root, "var/run"));
    const archive = pack();
    archive.entry({ name: "var/run/", type: "directory", mode: 0o755 });
    archive.entry({ name: "var/run/file" }, "kept");
    archive.finalize();
    await unpackInto(new ContainerTree(root), "/", Readable.from(archive));
    expect(await readFile(join(root, "run/file"), "utf8")).toBe("kept");
  });

  it("refuses what is not a tar stream, and a directory that is not there", async () => {
    const tree = new ContainerTree(root);
    await expect(
      unpackInto(tree, "/", Readable.from([Buffer.alloc(2048, 65)])),
    ).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await writeFile(join(root, "file"), "");
    await expect(unpackInto(tree, "/file", Readable.from([]))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
    await expect(unpackInto(tree, "/none", Readable.from([]))).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });
});
