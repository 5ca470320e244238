import { execFileSync } from "node:child_process";
import {
  chmod,
  link,
  lstat,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeLargeFile } from "./large-file.js";

let directory: string;
const at = (name: string): string => join(directory, name);
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "k3d-large-"))));
afterEach(() => rm(directory, { recursive: true }));

const isRoot = process.geteuid?.() === 0;
const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const { signal } = new AbortController();

async function write(path: string, content = "new", mode = 0o600): Promise<string> {
  return writeLargeFile(
    path,
    async (file) => {
      await writeFile(`${file}.part`, "beside");
      await writeFile(file, content, { mode });
      return "made";
    },
    { prefix: ".k3d-part-", mode, signal },
  );
}

describe("a regular file", () => {
  it("is made, and nothing stays beside it", async () => {
    expect(await write(at("file"))).toBe("made");
    expect(await readFile(at("file"), "utf8")).toBe("new");
    expect(await modeOf(at("file"))).toBe(0o600);
    expect(await readdir(directory)).toEqual(["file"]);
  });

  it("is replaced, granting no more than it may", async () => {
    await writeFile(at("file"), "what was there before");
    await chmod(at("file"), 0o664);
    await write(at("file"));
    expect(await readFile(at("file"), "utf8")).toBe("new");
    expect(await modeOf(at("file"))).toBe(0o600);
    await chmod(at("file"), 0o640);
    await write(at("file"), "again", 0o666);
    expect(await modeOf(at("file"))).toBe(0o640);
  });

  it("stays where the new one cannot be finished", async () => {
    await writeFile(at("file"), "old");
    const failing = writeLargeFile(
      at("file"),
      async (file) => {
        await writeFile(file, "half");
        throw new Error("no more");
      },
      { prefix: ".k3d-part-", mode: 0o600, signal },
    );
    await expect(failing).rejects.toThrow("no more");
    expect(await readFile(at("file"), "utf8")).toBe("old");
    expect(await readdir(directory)).toEqual(["file"]);
  });

  it("keeps its other names, and the links that lead to it", async () => {
    await writeFile(at("file"), "longer than the new one");
    await link(at("file"), at("name"));
    await symlink("file", at("link"));
    await write(at("link"));
    expect((await lstat(at("link"))).isSymbolicLink()).toBe(true);
    expect(await readFile(at("name"), "utf8")).toBe("new");
    expect(await readdir(directory)).toEqual(["file", "link", "name"]);
  });

  it.skipIf(!isRoot)("keeps its owner (needs root)", async () => {
    await writeFile(at("file"), "old");
    execFileSync("chown", ["12345:23456", at("file")]);
    await write(at("file"));
    expect(await stat(at("file"))).toMatchObject({ uid: 12_345, gid: 23_456 });
  });
});

describe("what is not a regular file", () => {
  it.skipIf(!isRoot)("a character device stays one (needs root)", async () => {
    execFileSync("mknod", ["-m", "666", at("null"), "c", "1", "3"]);
    await write(at("null"));
    expect((await lstat(at("null"))).isCharacterDevice()).toBe(true);
    expect(await modeOf(at("null"))).toBe(0o666);
    expect(await readdir(directory)).toEqual(["null"]);
  });

  it("a full device says so", async () => {
    await expect(write("/dev/full")).rejects.toMatchObject({ code: "ENOSPC" });
  });

  it("a pipe gets all of it", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = await open(at("pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
    const text = "x".repeat(300_000);
    const writing = write(at("pipe"), text);
    let read = 0;
    while (read < text.length) {
      const { bytesRead } = await reader.read(Buffer.alloc(65_536)).catch(() => ({ bytesRead: 0 }));
      read += bytesRead;
      if (bytesRead === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await writing;
    await reader.close();
    expect(read).toBe(text.length);
  });

  it("a directory is refused before anything is made", async () => {
    let asked = false;
    const make = async (): Promise<void> => void (asked = true);
    const refused = writeLargeFile(directory, make, { prefix: ".k3d-", mode: 0o600, signal });
    await expect(refused).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(asked).toBe(false);
  });
});
