import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { K3dError, type Clock, type UsedCluster, type UsedNode } from "@k3d/core";
import { createPaint } from "@k3d/plugin-kit";
import { describe, expect, it, vi } from "vitest";
import { listedCluster, nodeView } from "../testing/views.js";
import { openScreen, type Screen } from "./screen.js";
import { startSession, type TopWorld } from "./session.js";
import { initialState } from "./state.js";

const ENTER = "\u001B[?1049h";
const LEAVE = "\u001B[?1049l";
const HIDE = "\u001B[?25l";
const SHOW = "\u001B[?25h";

/** A terminal, and a process that ends when it is told to. */
function terminal(columns = 80, rows = 12) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: vi.fn() });
  const output = Object.assign(new EventEmitter(), {
    columns,
    rows,
    text: "",
    write(text: string) {
      this.text += text;
      return true;
    },
  });
  const lifetime = new EventEmitter() as EventEmitter & Pick<NodeJS.Process, "on" | "off">;
  return { input, output, lifetime };
}

/** A clock whose pauses last until they are ended. */
function handClock() {
  const sleepers: (() => void)[] = [];
  const clock: Clock = {
    now: () => 0,
    sleep: (_ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) reject(new K3dError("ABORTED", "over"));
        sleepers.push(resolve);
        signal?.addEventListener("abort", () => reject(new K3dError("ABORTED", "over")));
      }),
  };
  const next = (): void => {
    for (const wake of sleepers.splice(0)) wake();
  };
  return { clock, next };
}

function world(changes: Partial<TopWorld> = {}) {
  const { clock, next } = handClock();
  const clusters: UsedCluster[] = [listedCluster()];
  const all: TopWorld = {
    look: async () => clusters,
    sizes: async () => undefined,
    act: async () => {},
    logs: async function* () {},
    interrupt: vi.fn(),
    suspend: vi.fn(),
    clock,
    now: () => new Date("2026-11-27T10:00:00"),
    ...changes,
  };
  return { world: all, next };
}

function start(changes: Partial<TopWorld> = {}, signal = new AbortController().signal) {
  const parts = terminal();
  const { world: made, next } = world(changes);
  const shown: { screen?: Screen } = {};
  const session = startSession(
    initialState("docker", "", made.now()),
    made,
    { screen: () => shown.screen, paint: createPaint(false) },
    signal,
  );
  const screen = (shown.screen = openScreen({
    ...parts,
    onKey: (key) => session.dispatch({ type: "key", key }),
    onResize: () => session.paint(),
  }));
  return { ...parts, session, screen, next };
}

describe("the screen", () => {
  it("is given back once, also when the process ends without a word", () => {
    const { output, lifetime, input, screen } = start();
    expect(output.text.startsWith(ENTER + HIDE)).toBe(true);
    lifetime.emit("exit");
    screen.close();
    expect(output.text.endsWith(SHOW + LEAVE)).toBe(true);
    expect(output.text.split(LEAVE)).toHaveLength(2);
    expect(input.setRawMode.mock.calls).toEqual([[true], [false]]);
    expect([
      output.listenerCount("resize"),
      input.listenerCount("keypress"),
      lifetime.listenerCount("exit"),
    ]).toEqual([0, 0, 0]);
  });

  it("is taken again after the process was stopped by its shell", () => {
    const { output, screen } = start();
    screen.close();
    screen.open();
    expect(output.text.split(ENTER)).toHaveLength(3);
  });

  it("follows the terminal's size", async () => {
    const { output } = start();
    await vi.waitFor(() => expect(output.text).toContain("k3d-demo-server-0"));
    output.text = "";
    output.columns = 30;
    output.emit("resize");
    const lines = output.text.split("\r\n");
    expect(lines).toHaveLength(12);
    for (const line of lines) {
      expect(stripVTControlCharacters(line).length).toBeLessThanOrEqual(30);
    }
  });
});

describe("the session", () => {
  it("shows sizes of volumes once the engine has told them, and goes on without", async () => {
    const node = {
      ...nodeView({ name: "k3d-demo-server-0" }),
      details: { mounts: [{ type: "volume", source: "data", destination: "/x" }] },
    } as UsedNode;
    const look = async (): Promise<UsedCluster[]> => [{ ...listedCluster(), nodes: [node] }];
    const sizes = vi
      .fn<TopWorld["sizes"]>()
      .mockResolvedValueOnce(new Map([["data", 12_000_000]]))
      .mockRejectedValue(new K3dError("RUNTIME_UNAVAILABLE", "away"));
    const { output, next } = start({ look, sizes });
    await vi.waitFor(() => {
      next();
      expect(output.text).toContain("volumes 12 MB");
      expect(sizes.mock.calls.length).toBeGreaterThan(1);
    });
  });

  it("ends with q, and with a signal", async () => {
    const one = start();
    one.input.write("q");
    await expect(one.session.ended).resolves.toBeUndefined();
    const controller = new AbortController();
    const two = start({}, controller.signal);
    controller.abort();
    await expect(two.session.ended).resolves.toBeUndefined();
  });

  it("hands Ctrl-C on, which a terminal in this mode no longer turns into a signal", async () => {
    const interrupt = vi.fn();
    const { input } = start({ interrupt });
    input.write("\u0003");
    await vi.waitFor(() => expect(interrupt).toHaveBeenCalledOnce());
  });

  it("never asks an engine twice at once, however slow it is", async () => {
    const look = vi.fn(() => new Promise<never>(() => {}));
    const { next } = start({ look });
    for (let index = 0; index < 5; index++) {
      next();
      await Promise.resolve();
    }
    expect(look).toHaveBeenCalledOnce();
  });

  it("shows an engine that is away, and asks again", async () => {
    const look = vi
      .fn<TopWorld["look"]>()
      .mockRejectedValueOnce(new K3dError("RUNTIME_UNAVAILABLE", "the engine is away"))
      .mockResolvedValue([listedCluster()]);
    const { output, next } = start({ look });
    await vi.waitFor(() =>
      expect(output.text).toContain("! the engine is away (waiting for the first answer)"),
    );
    next();
    await vi.waitFor(() => expect(output.text).toContain("the engine answers again"));
  });

  it("stops what it was told to after a yes, and tells how that went", async () => {
    const act = vi.fn<TopWorld["act"]>().mockRejectedValue(new K3dError("TIMEOUT", "too slow"));
    const { input, output } = start({ act });
    await vi.waitFor(() => expect(output.text).toContain("k3d-demo-server-0"));
    input.write("s");
    await vi.waitFor(() => expect(output.text).toContain("Stop cluster demo? [y/N]"));
    expect(act).not.toHaveBeenCalled();
    input.write("y");
    await vi.waitFor(() => expect(output.text).toContain("stop of cluster demo failed: too slow"));
    expect(act.mock.calls[0]?.slice(0, 2)).toEqual([
      "stop",
      { kind: "cluster", name: "demo", runs: true },
    ]);
  });

  it("looks anew before it tells that something was done", async () => {
    let stopped = false;
    const act = async () => void (stopped = true);
    const look = vi.fn(async () => (stopped ? [] : [listedCluster()]));
    const { input, output } = start({ act, look });
    await vi.waitFor(() => expect(output.text).toContain("k3d-demo-server-0"));
    input.write("s");
    input.write("y");
    await vi.waitFor(() => expect(output.text).toContain("cluster demo was stopped"));
    expect(look).toHaveBeenCalledTimes(2);
    expect(output.text.lastIndexOf("k3d-demo-server-0 is gone")).toBeLessThan(
      output.text.lastIndexOf("cluster demo was stopped"),
    );
  });

  it("follows logs until they are left", async () => {
    let until: AbortSignal | undefined;
    const { input, output } = start({
      async *logs(_target, signal) {
        until = signal;
        yield { node: "k3d-demo-server-0", line: "Starting \u001B[2J k3s", stream: "stdout" };
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      },
    });
    await vi.waitFor(() => expect(output.text).toContain("k3d-demo-server-0"));
    input.write("l");
    await vi.waitFor(() => expect(output.text).toContain("server-0 Starting \\u001b[2J k3s"));
    input.write("q");
    await vi.waitFor(() => expect(until?.aborted).toBe(true));
  });
});
