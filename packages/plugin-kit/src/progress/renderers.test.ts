import type { K3dEvent } from "@k3d/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { plainPaint } from "../output/styles.js";
import { createJsonRenderer } from "./json.js";
import { createPlainRenderer } from "./plain.js";
import type { Painter } from "./painter.js";
import { createTtyRenderer } from "./tty.js";

const events: K3dEvent[] = [
  { type: "log", level: "debug", message: "Runtime docker: taken" },
  { type: "step.started", id: "network", title: "Create network k3d-demo" },
  { type: "step.progress", id: "network", title: "Create network k3d-demo", message: "almost" },
  { type: "step.finished", id: "network", title: "Create network k3d-demo", elapsedMs: 240 },
  { type: "warning", message: "Two servers have no quorum", hint: "Use one or three" },
  {
    type: "step.failed",
    id: "start",
    title: "Start server",
    elapsedMs: 2000,
    error: { code: "TIMEOUT", message: "not ready" },
  },
  {
    type: "step.finished",
    id: "network",
    title: "Create network k3d-demo",
    elapsedMs: 10,
    undo: true,
  },
];

/** Collects what is written, and a clock that tests move. */
function recorder(columns = 80) {
  const written: string[] = [];
  const clock = { now: 0 };
  return {
    stream: { write: (text: string) => written.push(text), columns, rows: 24 },
    clock,
    now: () => clock.now,
    get text() {
      return written.join("");
    },
  };
}

describe("plain renderer", () => {
  const render = (level: "info" | "warn" | "trace"): string => {
    const record = recorder();
    const renderer = createPlainRenderer({
      ...record,
      level,
      timestamps: false,
      paint: plainPaint,
    });
    record.clock.now = 3200;
    for (const event of events) renderer.emit(event);
    renderer.log("info", "Deleted cluster demo");
    renderer.close();
    renderer.log("info", "too late");
    return record.text;
  };

  it("prints a line for every step that ended", () => {
    expect(render("info")).toMatchInlineSnapshot(`
      "INFO[0003] Create network k3d-demo (0.2s)
      WARN[0003] Two servers have no quorum (Use one or three)
      ERRO[0003] Start server failed after 2.0s
      INFO[0003] Undo: Create network k3d-demo (0.0s)
      INFO[0003] Deleted cluster demo
      "
    `);
  });

  it("prints warnings and failures only at LOG_LEVEL=warn", () => {
    expect(render("warn")).toMatchInlineSnapshot(`
      "WARN[0003] Two servers have no quorum (Use one or three)
      ERRO[0003] Start server failed after 2.0s
      "
    `);
  });

  it("prints all with --trace", () => {
    expect(render("trace")).toMatchInlineSnapshot(`
      "DEBU[0003] Runtime docker: taken
      DEBU[0003] Create network k3d-demo …
      TRAC[0003] Create network k3d-demo: almost
      INFO[0003] Create network k3d-demo (0.2s)
      WARN[0003] Two servers have no quorum (Use one or three)
      ERRO[0003] Start server failed after 2.0s
      INFO[0003] Undo: Create network k3d-demo (0.0s)
      INFO[0003] Deleted cluster demo
      "
    `);
  });

  it("prints the time of day with --timestamps", () => {
    const record = recorder();
    const renderer = createPlainRenderer({
      ...record,
      level: "info",
      timestamps: true,
      paint: plainPaint,
    });
    renderer.log("info", "now");
    expect(record.text).toMatch(/^INFO\[\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\] now\n$/);
  });

  describe("while a step takes long", () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it("tells what it waits for", () => {
      const record = recorder();
      const now = (): number => performance.now();
      const renderer = createPlainRenderer({
        ...record,
        now,
        level: "info",
        timestamps: false,
        paint: plainPaint,
      });
      renderer.emit({ type: "step.started", id: "ready", title: "Wait for the API" });
      renderer.emit({
        type: "step.progress",
        id: "ready",
        title: "Wait for the API",
        message: "connection refused",
      });
      vi.advanceTimersByTime(31_000);
      expect(record.text).toMatchInlineSnapshot(`
        "INFO[0015] Still running after 15s: Wait for the API: connection refused
        INFO[0030] Still running after 30s: Wait for the API: connection refused
        "
      `);
      renderer.emit({
        type: "step.finished",
        id: "ready",
        title: "Wait for the API",
        elapsedMs: 31_000,
      });
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});

describe("json renderer", () => {
  const render = (level: "info" | "debug"): unknown[] => {
    const record = recorder();
    const clock = (): Date => new Date("2026-11-22T14:00:00.000Z");
    const renderer = createJsonRenderer({ ...record, level, clock });
    for (const event of events) renderer.emit(event);
    renderer.log("info", "done");
    renderer.close();
    renderer.emit({ type: "warning", message: "too late" });
    return record.text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
  };

  it("prints every event as one line with its time", () => {
    const time = "2026-11-22T14:00:00.000Z";
    const steps = events.slice(1).map((event) => ({ time, ...event }));
    expect(render("info")).toEqual([
      ...steps,
      { time, type: "log", level: "info", message: "done" },
    ]);
  });

  it("prints log events up to the level", () => {
    expect(render("debug")[0]).toMatchObject({ type: "log", level: "debug" });
  });
});

describe("tty renderer", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A terminal: what stays, and the lines at the bottom. */
  function terminal() {
    const stays: string[] = [];
    let frame: string[] = [];
    const painter: Painter = {
      paint: (lines) => void (frame = lines),
      print: (text) => void stays.push(text),
      clear: () => void (frame = []),
    };
    const stream = { write: (text: string) => stays.push(text.trimEnd()), columns: 80, rows: 24 };
    return { painter, stream, stays, frame: () => frame };
  }

  const create = (of: ReturnType<typeof terminal>, level: "info" | "warn" = "info") =>
    createTtyRenderer({
      ...of,
      level,
      paint: plainPaint,
      unicode: true,
      now: () => performance.now(),
    });

  it("repaints running steps and keeps ended ones", () => {
    const screen = terminal();
    const renderer = create(screen);
    renderer.emit({ type: "step.started", id: "a", title: "Create network" });
    renderer.emit({ type: "step.started", id: "b", title: "Pull image" });
    expect(screen.frame()).toEqual(["⠋   0.0s  Create network", "⠋   0.0s  Pull image"]);
    vi.advanceTimersByTime(1000);
    expect(screen.frame()).toEqual(["⠋   1.0s  Create network", "⠋   1.0s  Pull image"]);
    renderer.emit({ type: "step.finished", id: "a", title: "Create network", elapsedMs: 1000 });
    renderer.log("info", "by the way");
    expect(screen.stays).toEqual(["✔   1.0s  Create network", "by the way"]);
    expect(screen.frame()).toEqual(["⠋   1.0s  Pull image"]);
    renderer.emit({ type: "step.finished", id: "b", title: "Pull image", elapsedMs: 1000 });
    expect(screen.frame()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("takes the running steps away when it is closed", () => {
    const screen = terminal();
    const renderer = create(screen);
    renderer.emit({ type: "step.started", id: "a", title: "Create network" });
    renderer.close();
    renderer.emit({ type: "warning", message: "too late" });
    renderer.log("info", "too late");
    expect(screen.frame()).toEqual([]);
    expect(screen.stays).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("shows warnings only at LOG_LEVEL=warn", () => {
    const screen = terminal();
    const renderer = create(screen, "warn");
    for (const event of events) renderer.emit(event);
    renderer.close();
    expect(screen.stays).toEqual(["▲ Two servers have no quorum\n  Use one or three"]);
  });
});
