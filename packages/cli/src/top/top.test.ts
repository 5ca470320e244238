import { stripVTControlCharacters } from "node:util";
import type { UsedCluster, UsedNode } from "@k3d/core";
import { createPaint } from "@k3d/plugin-kit";
import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { listedCluster, nodeView } from "../testing/views.js";
import { frame, report } from "./frame.js";
import {
  initialState,
  reduce,
  rows,
  type Effect,
  type Key,
  type TopEvent,
  type TopState,
} from "./state.js";

const AT = new Date("2026-11-27T10:00:00");
const later = (seconds: number): Date => new Date(AT.getTime() + seconds * 1000);
const plain = createPaint(false);

function used(name: string, seconds: number, changes: Partial<UsedNode> = {}): UsedNode {
  const node = nodeView({ name, id: name, ...changes });
  const stats = {
    time: later(seconds),
    cpuNanoseconds: seconds * 5e8,
    memoryBytes: 300e6,
    memoryLimitBytes: 512e6,
    tasks: 40,
  };
  return {
    ...node,
    ...(node.status === "running" ? { stats } : {}),
    imageBytes: 193e6,
    ...changes,
  };
}

const demo = (seconds: number, ...nodes: UsedNode[]): UsedCluster => ({
  ...listedCluster(),
  nodes:
    nodes.length > 0
      ? nodes
      : [
          used("k3d-demo-server-0", seconds),
          used("k3d-demo-agent-0", seconds, { role: "agent", status: "stopped" }),
        ],
});

function play(...events: TopEvent[]): { state: TopState; effects: Effect[] } {
  let state = initialState("docker", "", AT);
  const effects: Effect[] = [];
  for (const event of events) {
    const step = reduce(state, event);
    ({ state } = step);
    effects.push(...step.effects);
  }
  return { state, effects };
}

const look = (seconds: number, ...clusters: UsedCluster[]): TopEvent => ({
  type: "looked",
  clusters: clusters.length > 0 ? clusters : [demo(seconds)],
  now: later(seconds),
});
const press = (...names: string[]): TopEvent[] =>
  names.map((name) => ({ type: "key", key: keyOf(name) }));
const keyOf = (name: string): Key =>
  name.length === 1 ? { name, sequence: name } : { name, sequence: "\u001B" };

describe("the state", () => {
  it("has CPU use from the second look on", () => {
    expect(play(look(0)).state.clusters[0]?.nodes[0]?.cpuPercent).toBeUndefined();
    expect(play(look(0), look(2)).state.clusters[0]?.nodes[0]?.cpuPercent).toBe(50);
  });

  it("tells what became of nodes and clusters", () => {
    const changed = demo(
      2,
      used("k3d-demo-server-0", 2, { details: { restartCount: 1 } as UsedNode["details"] }),
      used("k3d-demo-agent-1", 2),
    );
    const { state } = play(
      look(0),
      look(2, { ...changed, state: { status: "degraded", running: 1, total: 2 } }),
    );
    expect(state.happenings.map(({ text }) => text)).toEqual([
      "cluster demo is degraded 1/2",
      "k3d-demo-server-0 was restarted",
      "k3d-demo-agent-1 is new",
      "k3d-demo-agent-0 is gone",
    ]);
  });

  it("has the sizes of volumes where the engine tells them, shared ones once for a cluster", () => {
    const withVolumes = (name: string, ...names: string[]): UsedNode =>
      used(name, 0, {
        details: {
          mounts: names.map((source) => ({ type: "volume", source, destination: `/${source}` })),
        } as UsedNode["details"],
      });
    const cluster = demo(0, withVolumes("a", "shared", "own"), withVolumes("b", "shared", "lost"));
    const volumes = new Map([
      ["shared", 100],
      ["own", 20],
    ]);
    const [told] = play({ type: "sized", volumes }, look(0, cluster)).state.clusters;
    expect(told).toMatchObject({
      volumeBytes: 120,
      nodes: [{ volumeBytes: 120 }, { volumeBytes: 100 }],
    });
    const [untold] = play(look(0, cluster)).state.clusters;
    expect(untold?.volumeBytes).toBeUndefined();
  });

  it("keeps what it saw while the engine is away, and tells it once", () => {
    const failed = (seconds: number): TopEvent => ({
      type: "failed",
      message: "no engine",
      now: later(seconds),
    });
    const away = play(look(0), failed(2), failed(4)).state;
    expect(away).toMatchObject({ problem: "no engine", lookedAt: AT });
    expect(rows(away)).toHaveLength(3);
    const back = play(look(0), failed(2), failed(4), look(6)).state;
    expect(back.problem).toBeUndefined();
    expect(back.happenings.map(({ text }) => text)).toEqual([
      "no engine",
      "the engine answers again",
    ]);
  });

  it("chooses rows, and another one when the chosen one goes", () => {
    const { state } = play(look(0), ...press("down", "down", "down", "down"));
    expect(state.selected).toBe("node k3d-demo-agent-0");
    const { state: gone } = play(
      look(0),
      ...press("end"),
      look(2, demo(2, used("k3d-demo-server-0", 2))),
    );
    expect(gone.selected).toBe("node k3d-demo-server-0");
    expect(play(look(0), ...press("end", "k")).state.selected).toBe("node k3d-demo-server-0");
  });

  it("filters by what is typed; q is a letter then", () => {
    const typed = play(look(0), ...press("/", "a", "g", "q", "backspace")).state;
    expect(typed).toMatchObject({ mode: "filter", filter: "ag" });
    expect(rows(typed).map(({ key }) => key)).toEqual(["cluster demo", "node k3d-demo-agent-0"]);
    expect(play(look(0), ...press("/", "a", "return")).state).toMatchObject({
      mode: "list",
      filter: "a",
    });
    expect(play(look(0), ...press("/", "a", "escape")).state).toMatchObject({
      mode: "list",
      filter: "",
    });
  });

  it.each([
    ["y", [{ type: "stop", target: { kind: "cluster", name: "demo", runs: true } }]],
    ["n", []],
    ["return", []],
  ])("asks before it stops: %s", (answer, expected) => {
    const { state, effects } = play(look(0), ...press("s", answer));
    expect(effects).toEqual(expected);
    expect(state.mode).toBe("list");
  });

  it("starts what is stopped, and one thing at a time", () => {
    const { effects } = play(look(0), ...press("end", "s", "y", "s", "y"));
    expect(effects).toEqual([
      { type: "start", target: { kind: "node", name: "k3d-demo-agent-0", runs: false } },
    ]);
  });

  it("opens and leaves logs, and keeps the last lines only", () => {
    const lines = Array.from({ length: 600 }, (_, index): TopEvent => ({
      type: "log",
      line: String(index),
    }));
    const { state, effects } = play(look(0), ...press("l"), ...lines);
    expect(state.log.lines).toHaveLength(500);
    expect(state.log.lines.at(-1)).toBe("599");
    expect(effects).toEqual([
      { type: "followLogs", target: { kind: "cluster", name: "demo", runs: true } },
    ]);
    expect(play(look(0), ...press("l", "q")).effects.at(-1)).toEqual({ type: "leaveLogs" });
  });

  it("quits, also at Ctrl-C in every mode", () => {
    expect(play(look(0), ...press("q")).effects).toEqual([{ type: "quit" }]);
    const interrupt: TopEvent = { type: "key", key: { name: "c", ctrl: true, sequence: "\u0003" } };
    for (const mode of ["/", "s", "l"]) {
      expect(play(look(0), ...press(mode), interrupt).effects.at(-1)).toEqual({
        type: "interrupt",
      });
    }
  });
});

describe("the frame", () => {
  const { state } = play(look(0), look(2), { type: "told", text: "hello", now: later(2) });

  it.each([60, 40])("tells nodes apart by both ends of their names at %i columns", (width) => {
    const names = ["server-0", "agent-0", "agent-1", "agent-11"].map(
      (name) => `k3d-a-cluster-with-a-long-name-${name}`,
    );
    const { state: shown } = play(look(3, demo(3, ...names.map((name) => used(name, 3)))));
    const lines = frame(shown, { width, height: 16 }, plain);
    for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    const cells = lines
      .filter((line) => line.includes("running"))
      .map((line) => line.split(" run")[0]);
    const nodes = cells.slice(-names.length).map((cell) => (cell ?? "").trim());
    expect(new Set(nodes).size).toBe(names.length);
    for (const [at, node] of nodes.entries()) {
      expect(node).toMatch(/^k/);
      expect(node.slice(-2)).toBe(names[at]?.slice(-2));
    }
  });

  it.each([80, 60, 120])("at %i columns is as it was", (width) => {
    expect(frame(state, { width, height: 16 }, plain).join("\n")).toMatchSnapshot();
  });

  it.each([
    [80, 24],
    [60, 10],
    [20, 5],
    [1, 1],
    [200, 60],
  ])("fits %i columns and %i lines in every mode", (width, height) => {
    const many = Array.from({ length: 40 }, (_, index) =>
      used(`k3d-demo-節点-${index}\u001B[31m`, 2),
    );
    for (const keys of [[], ["/", "a"], ["s"], ["l"]]) {
      const { state: shown } = play(look(0), look(2, demo(2, ...many)), ...press(...keys), {
        type: "log",
        line: "x".repeat(300),
      });
      const lines = frame(shown, { width, height }, plain);
      expect(lines).toHaveLength(height);
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
      expect(lines.join("")).not.toContain("\u001B");
    }
  });

  it("keeps the chosen row on the screen", () => {
    const many = Array.from({ length: 40 }, (_, index) => used(`node-${index}`, 2));
    const { state: shown } = play(look(2, demo(2, ...many)), ...press("end"));
    expect(frame(shown, { width: 80, height: 12 }, plain).join("\n")).toContain(
      "> ".concat("  node-39"),
    );
  });

  it("says without colours what colours say", () => {
    const painted = frame(state, { width: 80, height: 16 }, createPaint(true)).join("\n");
    expect(painted).toContain("\u001B[");
    expect(stripVTControlCharacters(painted)).toBe(
      frame(state, { width: 80, height: 16 }, plain).join("\n"),
    );
  });

  it("tells that the engine is away or slow, and how old all is", () => {
    const away = play(look(0), { type: "failed", message: "no engine", now: later(7) }).state;
    expect(frame(away, { width: 80, height: 9 }, plain)[1]).toBe(
      "! no engine (shown values are 7 s old)",
    );
    const slow = play(look(0), { type: "tick", now: later(12) }).state;
    expect(frame(slow, { width: 80, height: 9 }, plain)[1]).toBe(
      "The engine is slow: shown values are 12 s old",
    );
  });

  it("leaves nothing out of a report where it is narrow, and tells of the chosen row", () => {
    const node = used("k3d-demo-server-0", 2, {
      ports: [{ hostPort: 8080, containerPort: 80, protocol: "tcp" }],
      details: {
        restartCount: 2,
        mounts: [{ type: "volume", source: "data", destination: "/data" }],
      } as UsedNode["details"],
    });
    const { state: shown } = play(
      { type: "sized", volumes: new Map([["data", 12e6]]) },
      look(2, demo(2, node)),
      ...press("down"),
    );
    const words = "      restarts 2, image 193 MB, volumes 12 MB, ports 8080:80";
    expect(report(shown, 60, plain).split("\n").at(-1)).toBe(words);
    expect(frame(shown, { width: 60, height: 16 }, plain)).toContain(words);
    expect(report(shown, 160, plain)).not.toContain("volumes 12 MB");
  });

  it("is a report without keys where it is printed once", () => {
    const text = report({ ...state, selected: undefined }, 160, plain);
    expect(text).toMatchSnapshot();
    expect(report(initialState("docker", "", AT), 160, plain)).toContain("No clusters found");
  });
});
