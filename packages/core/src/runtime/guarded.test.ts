import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { K3dError } from "../errors/index.js";
import { faultyRuntime, MemoryRuntime, type Fault } from "../testing/index.js";
import { guardRuntime } from "./guarded.js";
import { interceptRuntime } from "./intercept.js";
import type { ContainerRuntime } from "./runtime.js";

const IMAGE = "example.org/program:1";
const LIMIT = 1000;

let engine: MemoryRuntime;

beforeEach(async () => {
  vi.useFakeTimers();
  engine = new MemoryRuntime({ images: [IMAGE] });
  await engine.containers.create({
    name: "node",
    image: IMAGE,
    process: { env: [] },
    mounts: [],
    labels: {},
    linux: {},
    networks: [],
    ports: [],
  });
  await engine.containers.start("node");
});

afterEach(() => vi.useRealTimers());

const guarded = (...faults: Fault[]): ContainerRuntime =>
  guardRuntime(faultyRuntime(engine, ...faults), { silenceMs: LIMIT });

/** An engine that answers nothing any more. */
const silent = (): ContainerRuntime => guarded({ kind: "hang", times: Infinity });

/** What a call came to, once `milliseconds` have passed. */
async function after(milliseconds: number, call: Promise<unknown>): Promise<unknown> {
  const outcome = Promise.race([
    call.then(
      (value) => ({ value }),
      (error: { code: string; message: string }) => error,
    ),
    new Promise((resolve) => setTimeout(resolve, milliseconds, "waits")),
  ]);
  await vi.advanceTimersByTimeAsync(milliseconds);
  return outcome;
}

describe("a guarded runtime", () => {
  it("passes on what an engine answers", async () => {
    const runtime = guarded();
    expect((await runtime.containers.inspect("node")).status).toBe("running");
    await expect(runtime.containers.inspect("other")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("tells an answer that makes no sense from a defect of its own", async () => {
    const runtime = guardRuntime(
      interceptRuntime(engine, async ({ name, proceed }) => {
        if (name === "networks.list") throw new K3dError("NOT_FOUND", "as it is");
        if (name !== "containers.list") return proceed();
        return (undefined as unknown as { map(): unknown }).map();
      }),
    );
    await expect(runtime.containers.list()).rejects.toMatchObject({
      code: "RUNTIME_ERROR",
      message: expect.stringMatching(
        /^Runtime memory cannot make sense of the answer to "containers.list": /,
      ),
      hint: expect.stringContaining("k3d doctor"),
      cause: expect.any(TypeError),
    });
    await expect(runtime.networks.list()).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("gives up on a look after the limit", async () => {
    const error = await after(LIMIT + 1, silent().containers.inspect("node"));
    expect(error).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message:
        'The container engine (memory) does not answer any more: no answer to "containers.inspect node" for 1 second',
    });
  });

  it("gives up on work when the engine does not answer a question about itself either", async () => {
    expect(await after(1.5 * LIMIT, silent().containers.start("node"))).toBe("waits");
    expect(await after(2 * LIMIT + 2, silent().containers.start("node"))).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
  });

  it("lets work go on for as long as the engine is alive", async () => {
    const runtime = guarded({ kind: "hang", call: "containers.stop" });
    expect(await after(20 * LIMIT, runtime.containers.stop("node"))).toBe("waits");
  });

  it("gives up on a file of a container that is never given free, but not on a stream that goes on", async () => {
    const stuck = guarded({ kind: "hang", call: "containers.getArchive" });
    const reading = stuck.containers.getArchive("node", "/etc");
    expect(await after(LIMIT + 1, reading)).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
      message: expect.stringContaining('"containers.getArchive node"') as string,
    });
    const endless = new PassThrough();
    const runtime = guardRuntime(
      interceptRuntime(engine, ({ name, proceed }) =>
        name === "containers.getArchive" ? Promise.resolve(endless) : proceed(),
      ),
      { silenceMs: LIMIT },
    );
    const archive = await runtime.containers.getArchive("node", "/etc");
    await vi.advanceTimersByTimeAsync(20 * LIMIT);
    expect(archive.destroyed).toBe(false);
    archive.destroy();
  });

  it("gives up on its capabilities after the limit", async () => {
    const mute = Object.create(engine, {
      capabilities: { get: () => new Promise(() => {}) },
    }) as ContainerRuntime;
    const runtime = guardRuntime(mute, { silenceMs: LIMIT });
    expect(await after(LIMIT + 1, Promise.resolve(runtime.capabilities))).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
    expect(await guarded().capabilities).toEqual(engine.capabilities);
  });

  it("takes what the engine answers to other calls for a sign of life", async () => {
    const slow: Fault[] = [
      { kind: "hang", call: "containers.stop" },
      { kind: "hang", call: "info", times: Infinity },
    ];
    const runtime = guarded(...slow);
    const stopping = runtime.containers.stop("node");
    stopping.catch(() => undefined);
    expect(await after(1.5 * LIMIT, stopping)).toBe("waits");
    await runtime.containers.inspect("node");
    expect(await after(LIMIT, stopping)).toBe("waits");
    expect(await after(2 * LIMIT, stopping)).toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
  });

  it("asks once about itself for all calls that wait", async () => {
    const faulty = faultyRuntime(engine);
    const runtime = guardRuntime(faulty, { silenceMs: LIMIT });
    const waiting = Promise.all([runtime.containers.wait("node"), runtime.containers.wait("node")]);
    await after(1.5 * LIMIT, waiting);
    expect(faulty.calls.filter(({ name }) => name === "info")).toHaveLength(1);
    await runtime.containers.stop("node", { timeoutSeconds: 0 });
    expect(await waiting).toHaveLength(2);
  });

  it("ends a call when its own signal aborts, or the runtime's", async () => {
    const own = new AbortController();
    const call = silent().containers.inspect("node", { signal: own.signal });
    own.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
    const all = new AbortController();
    const runtime = guardRuntime(faultyRuntime(engine, { kind: "hang" }), { signal: all.signal });
    const other = runtime.containers.inspect("node");
    all.abort();
    await expect(other).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("breaks the streams of an exec", async () => {
    engine.onExec("node", "speak", async (process) => {
      await process.signalled;
    });
    const runtime = guarded({ kind: "hang", call: "info", times: Infinity });
    const process = await runtime.containers.exec("node", { args: ["speak"] });
    for (const stream of [process.stdout, process.stderr])
      stream.on("error", () => undefined).resume();
    expect(await after(2 * LIMIT + 2, process.exitCode)).toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
  });

  it("breaks a log that is followed, and ends one whose signal aborts", async () => {
    const read = async (runtime: ContainerRuntime, signal?: AbortSignal): Promise<string[]> => {
      const lines: string[] = [];
      const log = runtime.containers.logs("node", { follow: true, ...(signal && { signal }) });
      for await (const { line } of log) lines.push(line);
      return lines;
    };
    engine.print("node", "first");
    const dead = guarded({ kind: "hang", call: "info", times: Infinity });
    expect(await after(2 * LIMIT + 2, read(dead))).toMatchObject({ code: "RUNTIME_UNAVAILABLE" });
    const controller = new AbortController();
    const following = read(guarded(), controller.signal);
    expect(await after(3 * LIMIT, following)).toBe("waits");
    controller.abort();
    expect(await following).toEqual(["first"]);
  });

  it("lets go of a stream that is handed out after its caller has gone", async () => {
    const archive = new PassThrough();
    const late = Promise.withResolvers<Readable>();
    const runtime = guardRuntime(
      interceptRuntime(engine, (call) =>
        call.name === "images.save" ? late.promise : call.proceed(),
      ),
    );
    const controller = new AbortController();
    const saving = runtime.images.save(["image"], { signal: controller.signal });
    controller.abort();
    await expect(saving).rejects.toMatchObject({ code: "ABORTED" });
    late.resolve(archive);
    await vi.advanceTimersByTimeAsync(0);
    expect(archive.destroyed).toBe(true);
    archive.emit("error", new Error("nobody reads this"));
  });

  it("leaves no timer behind", async () => {
    const runtime = guarded();
    await runtime.containers.list();
    await runtime.images.load(Readable.from([])).catch(() => undefined);
    const stream = await runtime.containers.getArchive("node", "/");
    for await (const _ of stream) void _;
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
