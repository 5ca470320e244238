import { chmod, mkdtemp, readdir, readFile, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { K3dError } from "../../../errors/index.js";
import type { ContainerRuntime } from "../../../runtime/runtime.js";
import { localVolumeFile } from "./local-volume-file.js";
import type { NodeMount, NodeProbe } from "./probe.js";
import type { VolumeFileOptions } from "./volume-file.js";

let directory: string;
beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "k3d-volume-")));
});
afterEach(() => rm(directory, { recursive: true }));

const owner = { id: "me", isRunning: async () => true };

/** As the kernel writes it, so that the numbers are not told by what is tested. */
async function mountOf(path: string): Promise<NodeMount> {
  const lines = (await readFile("/proc/self/mountinfo", "utf8")).split("\n");
  const device = lines
    .map((line) => line.split(" "))
    .filter(([, , , , point = ""]) => path.startsWith(point === "/" ? point : `${point}/`))
    .toSorted((a, b) => (b[4]?.length ?? 0) - (a[4]?.length ?? 0))[0]?.[2];
  return { device: device ?? "", root: path };
}

interface World {
  mount?: Partial<NodeMount>;
  isLocal?: boolean;
  labels?: Record<string, string>;
  inspect?: () => Promise<{ mountpoint?: string }>;
  options?: Partial<VolumeFileOptions>;
}

async function make({ mount, isLocal = true, labels, inspect, options }: World = {}) {
  const runtime = {
    capabilities: { localBindMounts: isLocal },
    volumes: { inspect: inspect ?? (async () => ({ mountpoint: directory })) },
  } as unknown as ContainerRuntime;
  const probe = {
    node: {
      name: "s0",
      cluster: "demo",
      labels: labels ?? { "k3d.cluster.imageVolume": "k3d-demo-images" },
    },
    mount: { ...(await mountOf(directory)), ...mount },
  } as unknown as NodeProbe;
  const { signal } = new AbortController();
  return localVolumeFile(runtime, probe, { owner, signal, keep: false, ...options });
}

const archive = (): Readable =>
  Readable.from([Buffer.from("one "), Buffer.from("two")], { objectMode: false });

describe("an archive that this process writes into the image volume", () => {
  it("is for the volume's owner alone, whole, and goes in the end", async () => {
    const file = await make();
    const [name = ""] = await readdir(directory);
    expect(file?.path).toBe(`/k3d/images/${name}`);
    expect(name).toMatch(/^k3d-import-6d65-[0-9a-f]{12}\.tar$/);
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600);
    expect(await file?.write(archive())).toBeUndefined();
    expect(await readFile(join(directory, name), "utf8")).toBe("one two");
    expect(await file?.close(true)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  it("is kept as the Go k3d keeps it, if it is whole", async () => {
    const file = await make({ options: { keep: true } });
    await file?.write(archive());
    const kept = await file?.close(true);
    expect(kept).toMatch(/^\/k3d\/images\/k3d-demo-images-\d{14}\.tar$/);
    expect((await readdir(directory)).map((name) => `/k3d/images/${name}`)).toEqual([kept]);
    const cut = await make({ options: { keep: true } });
    expect(await cut?.close(false)).toBeUndefined();
    expect(await readdir(directory)).toHaveLength(1);
  });

  it("may have lost its name meanwhile", async () => {
    const file = await make();
    for (const name of await readdir(directory)) await rm(join(directory, name));
    expect(await file?.write(archive())).toBeUndefined();
    expect(await file?.close(true)).toBeUndefined();
  });

  it("fails with its source", async () => {
    const file = await make();
    const broken = archive();
    broken.once("data", () => broken.destroy());
    expect(await file?.write(broken)).toEqual({
      node: "s0",
      reason: expect.stringMatching(/premature close/i),
    });
    await file?.close(false);
    expect(await readdir(directory)).toEqual([]);
  });

  it("ends with an interrupt", async () => {
    const stop = new AbortController();
    const file = await make({ options: { signal: stop.signal } });
    const endless = new Readable({ read() {} });
    const written = file?.write(endless);
    stop.abort(new K3dError("ABORTED", "stop"));
    await expect(written).rejects.toMatchObject({ code: "ABORTED" });
    await file?.close(false);
    expect([endless.destroyed, await readdir(directory)]).toEqual([true, []]);
  });

  it.each<[string, World]>([
    ["the engine is elsewhere", { isLocal: false }],
    ["the node tells of no volume", { labels: {} }],
    ["it would not be known as abandoned", { options: { owner: undefined } }],
    ["the engine has no place to tell", { inspect: async () => ({}) }],
    [
      "the engine tells of a place that is not here",
      { inspect: async () => ({ mountpoint: "/no/such" }) },
    ],
    ["the volume is on another disk", { mount: { device: "7:77" } }],
    ["the volume is another directory", { mount: { root: "/volumes/other/_data" } }],
    [
      "the engine does not answer",
      { inspect: () => Promise.reject(new K3dError("NOT_FOUND", "no volume")) },
    ],
  ])("is not made where %s", async (_, world) => {
    expect(await make(world)).toBeUndefined();
    expect(await readdir(directory)).toEqual([]);
  });

  it.skipIf(process.geteuid?.() === 0)("is not made where this user may not", async () => {
    await chmod(directory, 0o500);
    expect(await make()).toBeUndefined();
  });
});
