import { mkdtemp, readdir, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { buffer } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { fakeContainerds, type LocalVolume } from "../../../test-support/containerd.js";
import { throwIfAborted } from "../../errors/index.js";
import { interceptRuntime } from "../../runtime/intercept.js";
import { testCollaborators } from "../../testing/collaborators.js";
import { MemoryRuntime } from "../../testing/index.js";
import { ImageService } from "./image-service.js";
import type { ImageImportOptions } from "./operations.js";

const APP = "docker.io/library/app:dev";
/** More than is written before nodes are told that there is more. */
const LAYER = 20_000_000;
const NODES = ["s0", "a0", "a1"];

/** Three nodes that share an image volume, and an archive that stops half-way until it is let go. */
async function world(local?: LocalVolume, onCall: (answer: Promise<unknown>) => void = () => {}) {
  const runtime = new MemoryRuntime({
    capabilities: { localBindMounts: local !== undefined },
    images: ["k3s:1", { reference: APP, layer: Buffer.alloc(LAYER, "layer") }],
  });
  const { of, filesOf, writers } = fakeContainerds(runtime, { s0: "v", a0: "v", a1: "v" }, local);
  runtime.volumes.inspect = async (name, { signal } = {}) => {
    throwIfAborted(signal);
    return { name, labels: {}, mountpoint: local?.directory };
  };
  for (const name of NODES) {
    await runtime.containers.create({
      name,
      image: "k3s:1",
      process: { env: [] },
      mounts: [],
      linux: {},
      networks: [],
      ports: [],
      labels: {
        app: "k3d",
        "k3d.role": name === "s0" ? "server" : "agent",
        "k3d.cluster": "demo",
        "k3d.cluster.imageVolume": "v",
      },
    });
    await runtime.containers.start(name);
  }
  const settings = local ? { process: { id: "me", isRunning: async () => true } } : {};
  const deps = testCollaborators(runtime, { settings });
  const content = await buffer(await runtime.images.save([APP]));
  const goOn = Promise.withResolvers<boolean>();
  let opened = 0;
  const yielded = { pieces: 0 };
  /** An engine takes its time: by then as much of the archive is read as there is room for. */
  const fed = async (): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) await setImmediate();
  };
  async function* pieces(): AsyncGenerator<Buffer> {
    const pause = LAYER - 1_000_000;
    for (let at = 0; at < content.length; at += 100_000) {
      if (at >= pause && !(await goOn.promise)) return;
      yielded.pieces += 1;
      yield content.subarray(at, at + 100_000);
    }
  }
  const open = async (): Promise<Readable> => {
    opened += 1;
    return Readable.from(pieces(), { objectMode: false });
  };
  const seen = interceptRuntime(runtime, ({ name, proceed }) => {
    const asynchronous = name.startsWith("containers.exec") || name.startsWith("volumes.");
    if (!asynchronous) return proceed();
    return fed().then(() => {
      const answer = Promise.withResolvers<unknown>();
      onCall(answer.promise);
      answer.resolve(proceed());
      return answer.promise;
    });
  });
  const images = new ImageService({ ...deps, runtime: seen });
  const start = (options: ImageImportOptions = {}, canReopen = true) => {
    const source = { kind: "archive", name: "app.tar", canReopen, size: LAYER, open } as const;
    const result = images.import(["demo"], [source], options);
    result.catch(() => {});
    return result;
  };
  const halfWay = (): Promise<void> =>
    expect
      .poll(() => NODES.every((node) => of(node).read > 16_000_000), { timeout: 30_000 })
      .toBe(true);
  const names = (): string[][] => NODES.map((node) => [...of(node).names.keys()]);
  const files = (): string[] => [...filesOf("s0").keys()];
  return {
    runtime,
    of,
    filesOf,
    writers,
    start,
    opened: () => opened,
    halfWay,
    goOn,
    names,
    files,
    told: deps.told,
  };
}

describe("an archive in the image volume", () => {
  it("is read while it is written, and has no name then", async () => {
    const w = await world();
    const result = w.start();
    await w.halfWay();
    expect(w.files()).toEqual([]);
    expect(w.names()).toEqual([[], [], []]);
    const progress = w.told.filter(
      (event) => event.type === "step.progress" && event.id === "image:import:a1",
    );
    expect(progress[0]).toMatchObject({ message: expect.stringMatching(/^\d.* of 20 MB/) });
    w.goOn.resolve(true);
    await result;
    expect(w.names()).toEqual([[APP], [APP], [APP]]);
    expect([w.opened(), w.files()]).toEqual([1, []]);
  });

  it.each([
    ["its source breaks", "INVALID_INPUT", {}],
    ["its source breaks", "INVALID_INPUT", { mode: "tools-node", keepTarball: true } as const],
    ["the command is interrupted", "ABORTED", {}],
    ["the command is interrupted", "ABORTED", { mode: "tools-node", keepTarball: true } as const],
  ])("names nothing when %s", async (_, code, options) => {
    const w = await world();
    const stop = new AbortController();
    const result = w.start({ ...options, signal: stop.signal });
    await w.halfWay();
    if (code === "ABORTED") stop.abort();
    w.goOn.resolve(false);
    await expect(result).rejects.toMatchObject({ code });
    expect([w.names(), w.files()]).toEqual([[[], [], []], []]);
  });

  it.each([
    ["when it asks", true],
    ["when it has its answer", true],
    ["when it asks", false],
    ["when it has its answer", false],
  ])(
    "ends at once whenever it is interrupted, %s, in a volume of this machine: %s",
    { timeout: 60_000 },
    async (moment, isLocal) => {
      const mode = { mode: "tools-node" } as const;
      let calls = 0;
      const whole = await world(isLocal ? await localVolume() : undefined, () => void calls++);
      whole.goOn.resolve(true);
      await whole.start(mode);
      const all = calls;
      expect(all).toBeGreaterThan(5);
      for (let last = 1; last <= all; last++) {
        const stop = new AbortController();
        let count = 0;
        const w = await world(isLocal ? await localVolume() : undefined, (answer) => {
          count += 1;
          if (count !== last) return;
          if (moment === "when it asks") stop.abort();
          else void answer.finally(() => stop.abort()).catch(() => {});
        });
        const result = w.start({ ...mode, signal: stop.signal });
        // Its source never comes to its end.
        await expect(result, `call ${last}`).rejects.toMatchObject({ code: "ABORTED" });
        expect([w.names(), w.files()]).toEqual([[[], [], []], []]);
        w.goOn.resolve(false);
      }
    },
  );

  it("goes to the other nodes when one fails to import it", async () => {
    const w = await world();
    w.runtime.onExec("a0", /^sh -c exec 3</, async ({ print }) => {
      await print("open");
      await expect.poll(() => w.of("s0").read, { timeout: 30_000 }).toBeGreaterThan(0);
      await print("ctr: failed to dial", "stderr");
      return 1;
    });
    w.goOn.resolve(true);
    await expect(w.start()).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: "Importing failed on 1 of 3 nodes: a0: failed to dial",
    });
    expect([w.names(), w.files()]).toEqual([[[APP], [], [APP]], []]);
  });

  it("is told to be too large for a full disk, and is not sent again", async () => {
    const w = await world();
    w.runtime.onExec("s0", /echo made/, async ({ print, stdin, args }) => {
      w.filesOf("s0").set(args.at(-1) ?? "", []);
      await print("made");
      for await (const _ of stdin) break;
      await print("cat: write error: No space left on device", "stderr");
      return 1;
    });
    w.goOn.resolve(true);
    await expect(w.start()).rejects.toMatchObject({
      code: "NO_SPACE",
      message: expect.stringMatching(/^Importing failed on 3 of 3 nodes: s0, a0, a1: .*No space/),
    });
    expect([w.names(), w.opened(), w.files()]).toEqual([[[], [], []], 1, []]);
  });

  it.each([
    ["removed by name when it is to be kept", { mode: "tools-node", keepTarball: true } as const],
    ["gone", {}],
  ])(
    "is %s when the node that writes it is killed, and the others get streams",
    async (_, options) => {
      const w = await world();
      const result = w.start(options);
      await w.halfWay();
      await w.runtime.containers.stop("s0", { timeoutSeconds: 0 });
      w.goOn.resolve(true);
      await expect(result).rejects.toMatchObject({
        message: expect.stringMatching(/^Importing failed on 1 of 3 nodes: s0: /),
      });
      expect([w.names(), w.files()]).toEqual([[[], [APP], [APP]], []]);
      expect(w.of("a1").imports.at(-1)).toEqual(["-"]);
    },
  );
});

/** A directory of this machine that the nodes tell they have mounted. */
async function localVolume(isSeen = true): Promise<LocalVolume> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "k3d-volume-")));
  onTestFinished(() => rm(directory, { recursive: true }));
  const { dev } = await stat(directory);
  const [major, minor] = [
    Math.floor(dev / 256) % 4096,
    (dev % 256) + Math.floor(dev / 2 ** 20) * 256,
  ];
  return { directory, device: `${major}:${minor}`, isSeen };
}

describe("an archive in an image volume of this machine", () => {
  it("is written by this process, read while it is written, and has no name then", async () => {
    const local = await localVolume();
    const w = await world(local);
    const result = w.start();
    await w.halfWay();
    expect(await readdir(local.directory)).toEqual([]);
    w.goOn.resolve(true);
    await result;
    expect(w.names()).toEqual([[APP], [APP], [APP]]);
    expect([w.writers, w.opened()]).toEqual([[], 1]);
  });

  it.each(["INVALID_INPUT", "ABORTED"])("leaves nothing after %s", async (code) => {
    const local = await localVolume();
    const w = await world(local);
    const stop = new AbortController();
    const result = w.start({ mode: "tools-node", keepTarball: true, signal: stop.signal });
    await w.halfWay();
    expect(await readdir(local.directory)).toHaveLength(1);
    if (code === "ABORTED") stop.abort();
    w.goOn.resolve(false);
    await expect(result).rejects.toMatchObject({ code });
    expect([w.names(), await readdir(local.directory)]).toEqual([[[], [], []], []]);
  });

  it("comes to the other nodes when one is killed", async () => {
    const w = await world(await localVolume());
    const result = w.start();
    await w.halfWay();
    await w.runtime.containers.stop("s0", { timeoutSeconds: 0 });
    w.goOn.resolve(true);
    await expect(result).rejects.toMatchObject({
      message: expect.stringMatching(/^Importing failed on 1 of 3 nodes: s0: /),
    });
    expect([w.names(), w.opened()]).toEqual([[[], [APP], [APP]], 1]);
  });

  it("is written by a node where the nodes do not see what is there", async () => {
    const local = await localVolume(false);
    const w = await world(local);
    w.goOn.resolve(true);
    await w.start();
    expect(w.names()).toEqual([[APP], [APP], [APP]]);
    expect([w.writers, await readdir(local.directory)]).toEqual([["s0"], []]);
    expect(w.told.filter(({ type }) => type === "step.failed")).toEqual([]);
  });
});
