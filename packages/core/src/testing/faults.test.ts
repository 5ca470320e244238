import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import type { ContainerSpec } from "../runtime/container-spec.js";
import { FAULT_KINDS, faultyRuntime, type Fault } from "./faults.js";
import { MemoryRuntime } from "./memory-runtime.js";

const IMAGE = "example.org/program:1";

const spec = (name: string): ContainerSpec => ({
  name,
  image: IMAGE,
  process: { env: [] },
  mounts: [],
  labels: {},
  linux: {},
  networks: [],
  ports: [],
});

const engine = (): MemoryRuntime => new MemoryRuntime({ images: [IMAGE] });

function faulty(inner: MemoryRuntime, fault: Fault) {
  return faultyRuntime(inner, { call: "containers.create", ...fault });
}

describe("a faulty runtime", () => {
  it("passes calls on and records them", async () => {
    const inner = engine();
    const runtime = faultyRuntime(inner);
    await runtime.containers.create(spec("one"), { signal: new AbortController().signal });
    await runtime.containers.list();
    expect(runtime.calls).toEqual([
      { name: "containers.create", subject: "one", hasSignal: true },
      { name: "containers.list", subject: "", hasSignal: false },
    ]);
    expect(runtime.struck()).toBe(false);
    expect(inner.inventory().containers).toEqual(["one"]);
  });

  it("strikes the chosen call alone", async () => {
    const inner = engine();
    const runtime = faulty(inner, { kind: "fail", nth: 2 });
    await runtime.containers.create(spec("one"));
    await expect(runtime.containers.create(spec("two"))).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
    await runtime.containers.create(spec("three"));
    expect(inner.inventory().containers).toEqual(["one", "three"]);
    expect(runtime.calls.map((call) => call.fault)).toEqual([undefined, "fail", undefined]);
  });

  it("counts calls about one object, or all calls", async () => {
    const runtime = faultyRuntime(
      engine(),
      { kind: "fail", subject: "two", error: new Error("about two") },
      { kind: "fail", nth: 4, error: new Error("the fourth") },
    );
    await runtime.containers.create(spec("one"));
    await expect(runtime.containers.create(spec("two"))).rejects.toThrow("about two");
    await runtime.containers.create(spec("two"));
    await expect(runtime.containers.list()).rejects.toThrow("the fourth");
  });

  it.each(["lose-answer", "cut"] as const)("does the work and rejects: %s", async (kind) => {
    const inner = engine();
    const runtime = faulty(inner, { kind });
    await expect(runtime.containers.create(spec("one"))).rejects.toMatchObject({
      code: "RUNTIME_UNAVAILABLE",
    });
    expect(inner.inventory().containers).toEqual(["one"]);
  });

  it.each([
    ["hang", []],
    ["hang-after", ["one"]],
  ] as const)("gives no answer until the signal aborts: %s", async (kind, made) => {
    const inner = engine();
    const controller = new AbortController();
    const runtime = faulty(inner, { kind });
    const call = runtime.containers.create(spec("one"), { signal: controller.signal });
    const first = await Promise.race([
      call,
      new Promise((resolve) => setImmediate(resolve, "none")),
    ]);
    expect(first).toBe("none");
    controller.abort();
    await expect(call).rejects.toMatchObject({ code: "ABORTED" });
    expect(inner.inventory().containers).toEqual(made);
  });

  it("tells of a call that could not be stopped", async () => {
    const runtime = faulty(engine(), { kind: "hang" });
    await expect(runtime.containers.create(spec("one"))).rejects.toThrow("has no signal");
  });

  it("claims success and does nothing", async () => {
    const inner = engine();
    const runtime = faulty(inner, { kind: "lie" });
    await expect(runtime.containers.create(spec("one"))).resolves.toMatch(/^f+$/);
    expect(inner.inventory().containers).toEqual([]);
  });

  it("answers what the test says", async () => {
    const runtime = faultyRuntime(engine(), {
      kind: "lie",
      call: "containers.wait",
      answer: () => 7,
    });
    await expect(runtime.containers.wait("one")).resolves.toBe(7);
  });

  it("interrupts in the moment of a call", async () => {
    const inner = engine();
    const controller = new AbortController();
    const runtime = faulty(inner, { kind: "interrupt", onStrike: () => controller.abort() });
    const { signal } = controller;
    await expect(runtime.containers.create(spec("one"), { signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(inner.inventory().containers).toEqual([]);
  });

  it("breaks streams after their first piece", async () => {
    const inner = engine();
    inner.onExec("one", "speak", async (process) => {
      await process.print("first");
      return 0;
    });
    await inner.containers.create(spec("one"));
    await inner.containers.start("one");
    const runtime = faultyRuntime(inner, { kind: "cut", call: "containers.exec" });
    const process = await runtime.containers.exec("one", { args: ["speak"] });
    process.stderr.on("error", () => undefined).resume();
    const pieces: string[] = [];
    const read = async (): Promise<void> => {
      for await (const piece of process.stdout) pieces.push(String(piece));
    };
    await expect(read()).rejects.toThrow("connection broke");
    expect(pieces).toEqual(["first\n"]);
    await expect(process.exitCode).rejects.toThrow("connection broke");
  });

  it("breaks a log after its first line", async () => {
    const inner = engine();
    await inner.containers.create(spec("one"));
    await inner.containers.start("one");
    inner.print("one", "first");
    inner.print("one", "second");
    const runtime = faultyRuntime(inner, { kind: "cut", call: "containers.logs" });
    const lines: string[] = [];
    const read = async (): Promise<void> => {
      for await (const { line } of runtime.containers.logs("one")) lines.push(line);
    };
    await expect(read()).rejects.toThrow("connection broke");
    expect(lines).toEqual(["first"]);
  });

  it.each(FAULT_KINDS)("keeps the promise about streams it is given: %s", async (kind) => {
    const controller = new AbortController();
    const onStrike = (): void => void setImmediate(() => controller.abort());
    const runtime = faultyRuntime(engine(), { kind, onStrike });
    const archive = Readable.from([Buffer.from("not an archive")]);
    await runtime.images.load(archive, { signal: controller.signal }).catch(() => undefined);
    expect(archive.destroyed || archive.readableEnded).toBe(true);
  });
});
