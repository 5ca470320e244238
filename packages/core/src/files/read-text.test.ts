import { execFileSync, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Readable } from "node:stream";
import { readStream, readText } from "./read-text.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-read-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

it("reads a file whole", async () => {
  const path = join(directory, "file");
  const text = "ä".repeat(100_000);
  await writeFile(path, text);
  expect(await readText(path)).toBe(text);
  await expect(readText(join(directory, "none"))).rejects.toMatchObject({ code: "ENOENT" });
  await expect(readText(directory)).rejects.toMatchObject({ code: "EISDIR" });
});

it("ends with a device that does not end", async () => {
  await expect(readText("/dev/zero")).rejects.toThrow("it is larger than 64 MiB");
});

describe("a stream", () => {
  it("is read whole, also where a character is cut", async () => {
    const [first, second] = [Buffer.from("aä").subarray(0, 2), Buffer.from("aä").subarray(2)];
    expect(await readStream(Readable.from([first, second, "z"]))).toBe("aäz");
  });

  it("is left when it does not end", async () => {
    const endless = new Readable({
      read() {
        this.push(Buffer.alloc(1024 * 1024));
      },
    });
    await expect(readStream(endless)).rejects.toThrow("it is larger than 64 MiB");
    expect(endless.destroyed).toBe(true);
  });
});

describe("a pipe", () => {
  const pipe = (): string => {
    const path = join(directory, "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  };

  it("is read to its end, once its writer comes", async () => {
    const path = pipe();
    const text = readText(path);
    spawn("sh", ["-c", 'sleep 0.1; { echo one; sleep 0.1; echo two; } >"$1"', "sh", path]);
    expect(await text).toBe("one\ntwo\n");
  });

  it("is left at the signal", async () => {
    const path = pipe();
    const controller = new AbortController();
    const text = readText(path, controller.signal);
    setTimeout(() => controller.abort(), 50);
    await expect(text).rejects.toMatchObject({ code: "ABORTED" });
  });
});
