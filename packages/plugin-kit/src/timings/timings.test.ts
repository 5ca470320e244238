import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { K3dEvent } from "@k3d/core";
import { chromeTrace } from "./chrome-trace.js";
import { criticalPath } from "./critical-path.js";
import { timingsJson, timingsText } from "./report.js";
import { Timeline, type TimedStep } from "./timeline.js";
import { checkTimingsFile, Timings } from "./timings.js";

type Told = [at: number, type: string, id: string, more?: object];

/** A network and an image at once, then a server beside a load balancer, then the nodes. */
const CREATION: Told[] = [
  [100, "step.started", "network"],
  [100, "step.started", "image"],
  [150, "step.finished", "network"],
  [400, "step.finished", "image"],
  [410, "step.started", "server", { needs: ["network", "image"] }],
  [410, "step.started", "balancer", { needs: ["network"] }],
  [420, "step.progress", "server", { message: "copied", current: 1, total: 2 }],
  [500, "step.progress", "server", { message: "boots" }],
  [700, "step.progress", "server", { message: "answers" }],
  [600, "step.finished", "balancer"],
  [900, "step.finished", "server"],
  [900, "step.started", "ready", { needs: ["server", "balancer"] }],
  [2900, "step.finished", "ready"],
];

function stepsOf(told: readonly Told[]): TimedStep[] {
  const timeline = new Timeline();
  for (const event of asEvents(told)) timeline.record(event.event, event.at);
  return timeline.steps;
}

const asEvents = (told: readonly Told[]): { at: number; event: K3dEvent }[] =>
  told.map(([at, type, id, more]) => ({
    at,
    event: { type, id, title: `Make ${id}`, ...more } as unknown as K3dEvent,
  }));

const ids = (steps: readonly TimedStep[], end: number): (string | undefined)[] =>
  criticalPath(steps, end).map(({ step }) => step?.id);

describe("the critical path", () => {
  it("is the chain of what was waited for longest, and takes the whole time", () => {
    const path = criticalPath(stepsOf(CREATION), 3000);
    expect(path.map(({ step, from, to }) => [step?.id, from, to])).toEqual([
      [undefined, 0, 100],
      ["image", 100, 400],
      [undefined, 400, 410],
      ["server", 410, 900],
      ["ready", 900, 2900],
      [undefined, 2900, 3000],
    ]);
  });

  it("goes on in the operation before, where ids come again", () => {
    const twice: Told[] = [
      ...CREATION,
      [3000, "step.started", "server"],
      [3500, "step.finished", "server"],
      [3500, "step.started", "ready", { needs: ["server"] }],
      [3600, "step.finished", "ready"],
    ];
    const path = ids(stepsOf(twice), 3600);
    expect(path.filter(Boolean)).toEqual(["image", "server", "ready", "server", "ready"]);
  });

  it("ends with what has not ended", () => {
    const cut = CREATION.slice(0, -1);
    expect(criticalPath(stepsOf(cut), 5000).at(-1)).toMatchObject({ from: 900, to: 5000 });
  });

  it("comes to an end where steps took no time", () => {
    const instant: Told[] = ["a", "b", "c"].flatMap((id): Told[] => [
      [10, "step.started", id],
      [10, "step.finished", id],
    ]);
    expect(ids(stepsOf(instant), 10)).toEqual([undefined, "a", "b", "c"]);
  });

  it("is all one part where there was no step", () => {
    expect(criticalPath([], 50)).toEqual([{ from: 0, to: 50 }]);
  });
});

it("tells people what each part of the path took", () => {
  expect(timingsText(stepsOf(CREATION), 3000)).toBe(
    [
      "Took 3.00 s, of which 2.79 s in 3 steps that waited for each other (2 in parallel):",
      "    AT     TOOK   STEP",
      "0.00 s   0.10 s   (start, connection and plan)",
      "0.10 s   0.30 s   Make image",
      "0.40 s   0.01 s   (between steps)",
      "0.41 s   0.49 s   Make server",
      "0.90 s   2.00 s   Make ready",
      "2.90 s   0.10 s   (end)",
    ].join("\n"),
  );
});

it("has no table for a command without steps", () => {
  expect(timingsText([], 250)).toBe("Took 0.25 s, without any step.");
});

it("marks in the text what failed and what was taken back", () => {
  const failed: Told[] = [
    [0, "step.started", "server"],
    [500, "step.failed", "server"],
    [500, "step.started", "server", { undo: true }],
    [600, "step.finished", "server", { undo: true }],
  ];
  const text = timingsText(stepsOf(failed), 600);
  expect(text).toContain("Make server (failed)");
  expect(text).toContain("Undo: Make server");
});

it("gives programs all steps besides", () => {
  const { elapsedMs, criticalPath: path, steps } = timingsJson(stepsOf(CREATION), 3000.4);
  expect(elapsedMs).toBe(3000);
  expect(path.reduce((sum, part) => sum + part.elapsedMs, 0)).toBe(3000);
  expect(steps.find(({ id }) => id === "server")).toEqual({
    id: "server",
    title: "Make server",
    startMs: 410,
    elapsedMs: 490,
    outcome: "finished",
    undo: false,
    needs: ["network", "image"],
  });
});

it("draws what runs at once on different lines, with its phases", () => {
  const { traceEvents } = chromeTrace(stepsOf(CREATION), 3000, "k3d cluster create");
  const slices = traceEvents.filter(({ ph }) => ph === "X");
  const lane = (name: string): number | undefined =>
    slices.find((slice) => slice.name === name && slice.cat === "step")?.tid;
  expect(lane("Make network")).not.toBe(lane("Make image"));
  expect(lane("Make server")).not.toBe(lane("Make balancer"));
  expect(slices.find(({ name }) => name === "boots")).toMatchObject({
    tid: lane("Make server"),
    ts: 500_000,
    dur: 200_000,
  });
  expect(slices.some(({ name }) => name === "copied")).toBe(false);
  for (const slice of slices.filter(({ cat }) => cat === "step")) {
    const others = slices.filter(({ tid, cat }) => cat === "step" && tid === slice.tid);
    const overlapping = others.filter(
      (other) =>
        other !== slice &&
        (other.ts ?? 0) < (slice.ts ?? 0) + (slice.dur ?? 0) &&
        (slice.ts ?? 0) < (other.ts ?? 0) + (other.dur ?? 0),
    );
    expect(overlapping).toEqual([]);
  }
});

describe("told in the end", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "k3d-timings-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  async function told(file: string | undefined, print: boolean, asJson: boolean): Promise<string> {
    let at = 0;
    let text = "";
    const timings = new Timings({ print, file, command: "k3d cluster create", now: () => at });
    for (const { at: time, event } of asEvents(CREATION)) {
      at = time;
      timings.emit(event);
    }
    at = 3000;
    await timings.tell({ write: (more) => (text += more) }, asJson);
    return text;
  }

  it("prints nothing but one line of JSON where the result is JSON", async () => {
    const text = await told(undefined, true, true);
    expect(text.trimEnd()).not.toContain("\n");
    expect(JSON.parse(text)).toMatchObject({ type: "timings", elapsedMs: 3000 });
  });

  it("writes the trace, and prints nothing that was not asked for", async () => {
    const file = join(directory, "trace.json");
    await checkTimingsFile(file);
    expect(await told(file, false, false)).toBe("");
    const trace = JSON.parse(await readFile(file, "utf8")) as { traceEvents: { name: string }[] };
    expect(trace.traceEvents.map(({ name }) => name)).toContain("Make server");
  });

  it.each([
    ["a directory that is not there", "missing/trace.json"],
    ["a directory", "."],
  ])("refuses %s before any work", async (_case, path) => {
    await expect(checkTimingsFile(join(directory, path))).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});
