import { execFileSync } from "node:child_process";
import { constants } from "node:fs";
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileSafely } from "./write-file.js";

let directory: string;
const at = (name: string): string => join(directory, name);
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "k3d-files-"))));
afterEach(() => rm(directory, { recursive: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
const isRoot = process.getuid?.() === 0;

describe("a regular file", () => {
  it("is made with its directories, for the user alone when it is secret", async () => {
    await writeFileSafely(at("a/b/c"), "text", { secret: true });
    expect(await readFile(at("a/b/c"), "utf8")).toBe("text");
    expect(await modeOf(at("a/b/c"))).toBe(0o600);
    expect(await modeOf(at("a/b"))).toBe(0o700);
    await writeFileSafely(at("open"), "text", { mode: 0o640 });
    expect(await modeOf(at("open"))).toBe(0o640);
  });

  it.each([
    [0o666, true, 0o600],
    [0o640, true, 0o600],
    [0o400, true, 0o600],
    [0o640, false, 0o640],
    [0o755, false, 0o755],
  ])("of mode %o, secret %s, gets mode %o", async (mode, secret, wanted) => {
    await writeFile(at("file"), "old");
    await chmod(at("file"), mode);
    await writeFileSafely(at("file"), "new", { secret });
    expect(await readFile(at("file"), "utf8")).toBe("new");
    expect(await modeOf(at("file"))).toBe(wanted);
    expect(await readdir(directory)).toEqual(["file"]);
  });

  it("is replaced at once: who has it open keeps the old content", async () => {
    await writeFile(at("file"), "old");
    const reader = await open(at("file"));
    await writeFileSafely(at("file"), "new");
    expect(await reader.readFile("utf8")).toBe("old");
    await reader.close();
  });

  it("stays when it must not be replaced", async () => {
    await writeFile(at("file"), "old");
    const options = { replace: false };
    await expect(writeFileSafely(at("file"), "new", options)).rejects.toMatchObject({
      code: "EEXIST",
    });
    await writeFileSafely(at("other"), "new", options);
    expect(await readFile(at("file"), "utf8")).toBe("old");
    expect(await readFile(at("other"), "utf8")).toBe("new");
  });

  it("keeps its other names", async () => {
    await writeFile(at("file"), "longer than the new one", { mode: 0o644 });
    await link(at("file"), at("name"));
    await writeFileSafely(at("file"), "new", { secret: true });
    expect(await readFile(at("name"), "utf8")).toBe("new");
    expect(await modeOf(at("name"))).toBe(0o600);
  });

  it.skipIf(!isRoot)("keeps its owner (needs root)", async () => {
    await writeFile(at("file"), "old");
    execFileSync("chown", ["12345:23456", at("file")]);
    await writeFileSafely(at("file"), "new", { secret: true });
    expect(await stat(at("file"))).toMatchObject({ uid: 12_345, gid: 23_456 });
  });
});

describe("symbolic links", () => {
  it.each(["real", "./sub/../real"])("to %s stay", async (to) => {
    await mkdir(at("sub"));
    await writeFile(at("real"), "old");
    await symlink(to, at("link"));
    await writeFileSafely(at("link"), "new");
    expect((await lstat(at("link"))).isSymbolicLink()).toBe(true);
    expect(await readFile(at("real"), "utf8")).toBe("new");
  });

  it("to what is not there yet make it, one after the other", async () => {
    await symlink("second", at("first"));
    await symlink("real", at("second"));
    await writeFileSafely(at("first"), "new", { secret: true });
    expect((await lstat(at("first"))).isSymbolicLink()).toBe(true);
    expect((await lstat(at("second"))).isSymbolicLink()).toBe(true);
    expect(await readFile(at("real"), "utf8")).toBe("new");
  });

  it("in a circle fail", async () => {
    await symlink("b", at("a"));
    await symlink("a", at("b"));
    await expect(writeFileSafely(at("a"), "new")).rejects.toMatchObject({ code: "ELOOP" });
  });
});

describe("what is not a regular file", () => {
  it("a directory is refused", async () => {
    await expect(writeFileSafely(directory, "new")).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });

  it("a pipe that nobody reads is refused at once", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    await expect(writeFileSafely(at("pipe"), "new")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: `'${at("pipe")}' is a pipe that nobody reads: k3d does not write there`,
    });
    expect((await lstat(at("pipe"))).isFIFO()).toBe(true);
  });

  it("a pipe gets the text", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = await open(at("pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
    await writeFileSafely(at("pipe"), "new");
    expect((await reader.read(Buffer.alloc(10))).bytesRead).toBe(3);
    await reader.close();
  });

  it("a pipe whose reader is slow is left at the signal", async () => {
    execFileSync("mkfifo", [at("pipe")]);
    const reader = await open(at("pipe"), constants.O_RDONLY | constants.O_NONBLOCK);
    const controller = new AbortController();
    const written = writeFileSafely(at("pipe"), "x".repeat(1 << 20), { signal: controller.signal });
    controller.abort();
    await expect(written).rejects.toMatchObject({ code: "ABORTED" });
    await reader.close();
  });

  it.skipIf(!isRoot)("a character device stays one (needs root)", async () => {
    execFileSync("mknod", ["-m", "666", at("null"), "c", "1", "3"]);
    await writeFileSafely(at("null"), "secret", { secret: true });
    expect((await lstat(at("null"))).isCharacterDevice()).toBe(true);
    expect(await modeOf(at("null"))).toBe(0o666);
    expect(await readdir(directory)).toEqual(["null"]);
  });

  it("a full device says so", async () => {
    await expect(writeFileSafely("/dev/full", "new")).rejects.toMatchObject({ code: "ENOSPC" });
  });
});

describe.skipIf(!isRoot)("in a mount namespace of its own (needs root)", () => {
  /** Runs a shell script in which `write PATH TEXT` writes safely, and nothing is mounted for others. */
  const inNamespace = async (script: string): Promise<string[]> => {
    const module = new URL("write-file.ts", import.meta.url).pathname;
    await writeFile(
      at("run.mjs"),
      `import { registerHooks } from "node:module";
      const resolve = (name, context, next) => next(context.parentURL?.endsWith(".ts") ? name.replace(/\\.js$/, ".ts") : name, context);
      registerHooks({ resolve });
      const { writeFileSafely } = await import(${JSON.stringify(module)});
      const [path, text] = process.argv.slice(2);
      await writeFileSafely(path, text, { secret: true }).catch(({ code }) => console.log(code));`,
    );
    const write = `write() { '${process.execPath}' '${at("run.mjs")}' "$1" "$2"; }`;
    return execFileSync(
      "unshare",
      ["--mount", "sh", "-ec", `cd '${directory}'\n${write}\n${script}`],
      {
        encoding: "utf8",
        stdio: "pipe",
      },
    ).split("\n");
  };

  it("a mount point is written in place", async () => {
    await writeFile(at("real"), "what was there before", { mode: 0o644 });
    await writeFile(at("mounted"), "");
    const left = await inNamespace(`mount --bind real mounted; write mounted new; cat mounted; ls`);
    expect(left).toEqual(["newmounted", "real", "run.mjs", ""]);
    expect(await readFile(at("real"), "utf8")).toBe("new");
    expect(await modeOf(at("real"))).toBe(0o600);
  });

  it("a full disk takes what has room in the file's own blocks, and leaves the old content else", async () => {
    await mkdir(at("disk"));
    const left = await inNamespace(`
      mount -t tmpfs -o size=64k none disk
      write disk/file old
      dd if=/dev/zero of=disk/filler bs=4k 2>&- || true
      write disk/file new
      cat disk/file; echo
      write disk/file "$(head -c 5000 /dev/zero | tr '\\0' x)"
      cat disk/file; echo
      write disk/other new
      ls disk`);
    expect(left).toEqual(["new", "ENOSPC", "new", "ENOSPC", "file", "filler", ""]);
  });
});
