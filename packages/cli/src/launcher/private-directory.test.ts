import { execFileSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, stat, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { cacheHome, privateCacheDirectory } from "./private-directory.js";

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "k3d-cache-"))));
afterEach(() => rm(directory, { recursive: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;
const isRoot = process.geteuid?.() === 0;

describe("where the cache is", () => {
  const home = (): string => "/home/me";
  it.each([
    ["linux", {}, "/home/me/.cache"],
    ["linux", { XDG_CACHE_HOME: "/c" }, "/c"],
    ["linux", { XDG_CACHE_HOME: "relative" }, "/home/me/.cache"],
    ["darwin", {}, "/home/me/Library/Caches"],
  ])("%s with %j: %s", (platform, env: Record<string, string>, wanted) => {
    expect(cacheHome({ env, platform, home })).toBe(wanted);
  });
});

describe("a private directory", () => {
  it("is made for the user alone", async () => {
    const made = privateCacheDirectory(join(directory, "cache"));
    expect(made).toBe(join(directory, "cache/k3d/compile"));
    expect(await modeOf(join(directory, "cache/k3d"))).toBe(0o700);
    expect(await modeOf(join(directory, "cache/k3d/compile"))).toBe(0o700);
  });

  it("is closed where it was open", async () => {
    await mkdir(join(directory, "k3d/compile"), { recursive: true });
    await chmod(join(directory, "k3d"), 0o777);
    await chmod(join(directory, "k3d/compile"), 0o755);
    expect(privateCacheDirectory(directory)).toBe(join(directory, "k3d/compile"));
    expect(await modeOf(join(directory, "k3d"))).toBe(0o700);
    expect(await modeOf(join(directory, "k3d/compile"))).toBe(0o700);
  });

  it("is not one of another user's", () => {
    expect(privateCacheDirectory(directory, (process.geteuid?.() ?? 0) + 1)).toBeUndefined();
  });

  it("is not below what others may change, unless it is sticky", async () => {
    await chmod(directory, 0o777);
    expect(privateCacheDirectory(directory)).toBeUndefined();
    await chmod(directory, 0o1777);
    expect(privateCacheDirectory(directory)).toBe(join(directory, "k3d/compile"));
  });

  it.skipIf(!isRoot)("is not below a directory of another user's (needs root)", async () => {
    const other = join(directory, "home");
    await mkdir(other, { mode: 0o755 });
    execFileSync("chown", ["12345", other]);
    expect(privateCacheDirectory(other)).toBeUndefined();
  });

  it("is not where a link leads to another's", async () => {
    await mkdir(join(directory, "open"), { mode: 0o777 });
    await chmod(join(directory, "open"), 0o777);
    await symlink("open", join(directory, "cache"));
    expect(privateCacheDirectory(join(directory, "cache"))).toBeUndefined();
  });

  it("is none where it cannot be made", () => {
    expect(privateCacheDirectory("/dev/null")).toBeUndefined();
    expect(privateCacheDirectory("/proc/nobody")).toBeUndefined();
    expect(privateCacheDirectory("home/.cache")).toBeUndefined();
  });
});
