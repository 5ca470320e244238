import { mkdtemp, readdir, readFile, rm, writeFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MemoryRuntime } from "../../testing/index.js";
import { createBundle, inspectBundle, loadBundle } from "./index.js";

const signal = new AbortController().signal;
const NODE = "docker.io/library/k3s:1";
const APP = "registry.example.org/app:1";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "k3d-bundle-test-"));
  path = join(dir, "demo.tar");
});
afterEach(() => rm(dir, { recursive: true }));

/** Writes a bundle of two images and a config file. */
async function bundle(): Promise<void> {
  const runtime = new MemoryRuntime({
    images: [
      { reference: NODE, layer: Buffer.alloc(100_000, "n") },
      { reference: APP, layer: Buffer.alloc(50_000, "a") },
    ],
  });
  const images = new Map([
    [NODE, "node"],
    [APP, "workload"],
  ]);
  const config = { file: "k3d.yaml", text: "# mine\nagents: 1\n" };
  await createBundle(runtime, { images, config, path }, signal);
}

describe("a bundle", () => {
  it("holds images and config file, and brings them into another engine", async () => {
    await bundle();
    const other = new MemoryRuntime({});
    const contents = await loadBundle(other, path, signal);
    expect(contents).toMatchObject({
      config: { file: "k3d.yaml", text: "# mine\nagents: 1\n" },
      images: [
        { name: NODE, role: "node", platforms: ["linux/amd64"] },
        { name: APP, role: "workload" },
      ],
    });
    const there = await other.images.list({ signal });
    expect(there.flatMap(({ references }) => references).toSorted()).toEqual([NODE, APP]);
    expect(await readdir(dir)).toEqual(["demo.tar"]);
  });

  it("knows an image that is there twice by both of its purposes", async () => {
    const layer = Buffer.alloc(1000, "b");
    const now = new Date();
    const runtime = new MemoryRuntime({
      images: [NODE, APP].map((reference) => ({ reference, layer })),
      now: () => now,
    });
    const images = new Map([
      [NODE, "loadbalancer"],
      [APP, "workload"],
    ]);
    await createBundle(runtime, { images, path }, signal);
    const { images: found } = await inspectBundle(path, signal);
    expect(new Set(found.map(({ digest }) => digest)).size).toBe(1);
    expect(Object.fromEntries(found.map(({ name, role }) => [name, role]))).toEqual(
      Object.fromEntries(images),
    );
  });

  it("with one flipped byte, or cut short, is refused before anything is loaded", async () => {
    await bundle();
    const content = await readFile(path);
    const flipped = Buffer.from(content);
    const at = flipped.indexOf("nnnnnnnn");
    flipped[at] = (flipped[at] ?? 0) ^ 1;
    for (const [bad, message] of [
      [flipped, /is damaged/],
      [content.subarray(0, 90_000), /is cut short/],
      [Buffer.from("text".repeat(1000)), /is not a bundle/],
    ] as const) {
      await writeFile(path, bad);
      const other = new MemoryRuntime({});
      await expect(loadBundle(other, path, signal)).rejects.toMatchObject({
        code: "INVALID_INPUT",
        message: expect.stringMatching(message),
        hint: "Write one with: k3d bundle create",
      });
      expect(await other.images.list({ signal })).toEqual([]);
    }
    await expect(inspectBundle(join(dir, "none.tar"), signal)).rejects.toMatchObject({
      code: "NOT_FOUND",
    });
  });

  it.each([
    ["agents: 1\n", 0o644],
    ["token: s3cret\n", 0o600],
    ["env: [{ envVar: DB_PASSWORD=s3cret }]\n", 0o600],
  ])("is the user's alone where its config holds a secret: %j", async (text, mode) => {
    const runtime = new MemoryRuntime({ images: [NODE] });
    const images = new Map([[NODE, "node"]]);
    const umask = process.umask(0o022);
    try {
      await createBundle(runtime, { images, config: { file: "k3d.yaml", text }, path }, signal);
    } finally {
      process.umask(umask);
    }
    expect((await stat(path)).mode & 0o777).toBe(mode);
  });

  it("that cannot be finished leaves nothing", async () => {
    const runtime = new MemoryRuntime({ images: [NODE] });
    const images = new Map([["docker.io/library/none:1", "workload"]]);
    await expect(createBundle(runtime, { images, path }, signal)).rejects.toMatchObject({
      code: "IMAGE_NOT_FOUND",
    });
    expect(await readdir(dir)).toEqual([]);
  });
});
