import { describe, expect, it } from "vitest";
import { K3dError } from "../errors/index.js";
import type { K3dEvent } from "../events/index.js";
import { type Step, runSteps } from "./graph.js";

const clock = { now: () => 0, sleep: async () => {} };

function recorder() {
  const log: string[] = [];
  const events: K3dEvent[] = [];
  const step = (id: string, needs: string[] = [], run: Step["run"] = async () => {}): Step => ({
    id,
    title: id,
    needs,
    async run(context) {
      log.push(`run ${id}`);
      await run(context);
      log.push(`done ${id}`);
    },
    async undo() {
      log.push(`undo ${id}`);
    },
  });
  return {
    log,
    events,
    step,
    options: { clock, events: { emit: (event: K3dEvent) => void events.push(event) } },
  };
}

const untilAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason as Error)),
  );

describe("runSteps", () => {
  it("runs a step only after what it needs, and independent steps at once", async () => {
    const { log, step, options } = recorder();
    let release = (): void => {};
    const gate = new Promise<void>((resolve) => (release = resolve));
    const first = step("a", [], () => gate);
    await runSteps([first, step("b", [], async () => release()), step("c", ["a"])], options);
    expect(log.slice(0, 2)).toEqual(["run a", "run b"]);
    expect(log.indexOf("run c")).toBeGreaterThan(log.indexOf("done a"));
  });

  it("aborts the running ones on a failure, then undoes what was started, dependents first", async () => {
    const { log, step, options } = recorder();
    const failure = new K3dError("PORT_IN_USE", "busy");
    const steps = [
      step("network"),
      step("slow", ["network"], ({ signal }) => untilAborted(signal)),
      step("bad", ["network"], () => Promise.reject(failure)),
      step("never", ["bad"]),
    ];
    await expect(runSteps(steps, options)).rejects.toBe(failure);
    expect(log).not.toContain("run never");
    expect(log).not.toContain("undo never");
    expect(log.indexOf("undo network")).toBeGreaterThan(log.indexOf("undo slow"));
    expect(log.indexOf("undo network")).toBeGreaterThan(log.indexOf("undo bad"));
  });

  it("does not undo when rollback is off", async () => {
    const { log, step, options } = recorder();
    const steps = [
      step("a"),
      step("b", ["a"], () => Promise.reject(new K3dError("TIMEOUT", "late"))),
    ];
    await expect(runSteps(steps, { ...options, rollback: false })).rejects.toMatchObject({
      code: "TIMEOUT",
    });
    expect(log.filter((entry) => entry.startsWith("undo"))).toEqual([]);
  });

  it("reports an interruption as such, although the steps fail in their own ways", async () => {
    const { log, step, options } = recorder();
    const interrupt = new AbortController();
    const hanging = step("a", [], async ({ signal }) => {
      const aborted = untilAborted(signal);
      interrupt.abort(new K3dError("ABORTED", "SIGINT"));
      await aborted.catch(() => Promise.reject(new Error("socket closed")));
    });
    await expect(
      runSteps([hanging], { ...options, signal: interrupt.signal }),
    ).rejects.toMatchObject({ code: "ABORTED" });
    expect(log).toContain("undo a");
  });

  it("stops before the next step when interrupted in between", async () => {
    const { log, step, options } = recorder();
    const interrupt = new AbortController();
    const steps = [step("a", [], async () => interrupt.abort()), step("b", ["a"])];
    await expect(runSteps(steps, { ...options, signal: interrupt.signal })).rejects.toMatchObject({
      code: "ABORTED",
    });
    expect(log).toEqual(["run a", "done a", "undo a"]);
  });

  it("names in the error what could not be undone, and undoes the rest", async () => {
    const { log, step, options } = recorder();
    const stuck: Step = {
      ...step("stuck"),
      undo: () => Promise.reject(new Error("engine is gone")),
    };
    const steps = [
      step("a"),
      stuck,
      step("bad", ["a", "stuck"], () => Promise.reject(new K3dError("TIMEOUT", "late"))),
    ];
    const removeWith = "k3d cluster delete demo";
    await expect(runSteps(steps, { ...options, removeWith })).rejects.toMatchObject({
      code: "TIMEOUT",
      hint: "What these steps did may be left: stuck: engine is gone. Remove it with: k3d cluster delete demo",
      details: { leftBehind: ["stuck: engine is gone"] },
    });
    expect(log).toContain("undo a");
  });

  it("tells an undo that was cut off by its time limit from one that failed", async () => {
    const { events, step, options } = recorder();
    const hanging: Step = { ...step("hanging"), undo: ({ signal }) => untilAborted(signal) };
    const deaf: Step = { ...step("deaf"), undo: () => new Promise(() => undefined) };
    const bad = step("bad", ["hanging", "deaf"], () => Promise.reject(new Error("broken")));
    await expect(
      runSteps([hanging, deaf, bad], { ...options, undoTimeoutMs: 20 }),
    ).rejects.toMatchObject({
      message: "broken",
      details: {
        leftBehind: expect.arrayContaining([
          "hanging: not finished within 0.02 s",
          "deaf: not finished within 0.02 s",
        ]),
      },
    });
    const failed = events.filter((event) => event.type === "step.failed" && event.undo === true);
    expect(failed).toHaveLength(2);
    for (const event of failed)
      expect(event).toMatchObject({
        error: { code: "TIMEOUT", message: "not finished within 0.02 s" },
      });
  });

  it("emits started, finished and failed events", async () => {
    const { events, step, options } = recorder();
    const steps = [
      step("a"),
      step("b", ["a"], () => Promise.reject(new K3dError("TIMEOUT", "late", { hint: "wait" }))),
    ];
    await expect(runSteps(steps, options)).rejects.toThrow("late");
    expect(
      events.map((event) => ("id" in event ? `${event.type} ${event.id}` : event.type)),
    ).toEqual([
      "step.started a",
      "step.finished a",
      "step.started b",
      "step.failed b",
      "step.started b",
      "step.finished b",
      "step.started a",
      "step.finished a",
    ]);
  });

  it("refuses a graph with a need that is nowhere", async () => {
    const { step, options } = recorder();
    await expect(runSteps([step("a", ["missing"])], options)).rejects.toMatchObject({
      code: "INTERNAL",
    });
  });
});
