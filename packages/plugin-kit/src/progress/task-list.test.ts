import { describe, expect, it } from "vitest";
import { createPaint, plainPaint } from "../output/styles.js";
import { TaskList } from "./task-list.js";

const list = (unicode = true): TaskList => new TaskList({ paint: plainPaint, unicode });

describe("TaskList", () => {
  it("shows ended steps as lines that stay and running ones as a frame", () => {
    const tasks = list();
    const said = [
      tasks.apply({ type: "step.started", id: "network", title: "Create network k3d-demo" }, 0, 80),
      tasks.apply(
        {
          type: "step.started",
          id: "pull",
          title: "Pull image docker.io/rancher/k3s:v1.36.4-k3s1",
        },
        0,
        80,
      ),
      tasks.apply(
        { type: "step.progress", id: "pull", title: "", message: "12.1 of 60.0 MB" },
        100,
        80,
      ),
      tasks.apply(
        { type: "step.finished", id: "network", title: "Create network k3d-demo", elapsedMs: 240 },
        240,
        80,
      ),
      tasks.apply(
        { type: "warning", message: "Two servers have no quorum", hint: "Use one or three" },
        240,
        80,
      ),
    ];
    expect(said.filter((line) => line !== undefined).join("\n")).toMatchInlineSnapshot(`
      "✔   0.2s  Create network k3d-demo
      ▲ Two servers have no quorum
        Use one or three"
    `);
    expect(tasks.running).toBe(1);
    expect(tasks.frame(3400, 2, 80, 24).join("\n")).toMatchInlineSnapshot(
      `"⠹   3.4s  Pull image docker.io/rancher/k3s:v1.36.4-k3s1  12.1 of 60.0 MB"`,
    );
  });

  it("marks failed steps and undone ones", () => {
    const tasks = list(false);
    tasks.apply({ type: "step.started", id: "start", title: "Start server-0" }, 0, 80);
    const failed = tasks.apply(
      {
        type: "step.failed",
        id: "start",
        title: "Start server-0",
        elapsedMs: 75_000,
        error: { code: "TIMEOUT", message: "late" },
      },
      0,
      80,
    );
    tasks.apply(
      { type: "step.started", id: "network", title: "Create network", undo: true },
      0,
      80,
    );
    expect(tasks.frame(0, 0, 80, 24)).toEqual(["-   0.0s  Undo: Create network"]);
    const undone = tasks.apply(
      { type: "step.finished", id: "network", title: "Create network", elapsedMs: 9, undo: true },
      0,
      80,
    );
    expect([failed, undone]).toEqual([
      "x  1m15s  Start server-0",
      "<   0.0s  Undo: Create network",
    ]);
  });

  it.each([20, 40, 80, 200])("keeps every line within %i columns", (columns) => {
    const tasks = list();
    const title = "Start server k3d-a-cluster-with-a-rather-long-name-server-0 and wait for it";
    tasks.apply({ type: "step.started", id: "a", title }, 0, columns);
    tasks.apply(
      {
        type: "step.progress",
        id: "a",
        title,
        message: "waiting for https://127.0.0.1:6443/readyz\nagain",
      },
      0,
      columns,
    );
    for (const line of tasks.frame(61_000, 0, columns, 24)) {
      expect(line.length).toBeLessThan(columns);
      expect(line).not.toContain("\n");
    }
  });

  it("leaves room on a terminal with fewer rows than tasks", () => {
    const tasks = list();
    for (let index = 0; index < 30; index++) {
      tasks.apply({ type: "step.started", id: `${index}`, title: `Start agent ${index}` }, 0, 80);
    }
    const frame = tasks.frame(0, 0, 80, 10);
    expect(frame).toHaveLength(8);
    expect(frame.at(-1)).toBe("  … and 23 more");
  });

  it("colours signs, times and details only", () => {
    const tasks = new TaskList({ paint: createPaint(true), unicode: true });
    tasks.apply({ type: "step.started", id: "a", title: "Start" }, 0, 80);
    tasks.apply({ type: "step.progress", id: "a", title: "Start", message: "soon" }, 0, 80);
    expect(tasks.frame(0, 0, 80, 24)).toEqual([
      "\u001b[36m⠋\u001b[39m \u001b[2m  0.0s\u001b[22m  Start  \u001b[2msoon\u001b[22m",
    ]);
  });
});
