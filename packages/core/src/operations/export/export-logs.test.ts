import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stockedEngine, wholeCluster, type StockedEngine } from "../../testing/stocked-engine.js";
import { systemClock } from "../../model/clock.js";
import { packFiles } from "../../runtime/archive.js";
import { exportLogs } from "./export-logs.js";
import { safeName } from "./target.js";

const TOKEN = "very-secret-token";
let directory: string;
let world: StockedEngine;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-export-"));
  world = stockedEngine();
  await wholeCluster(world, "demo");
  await world.node("demo", "agent", "k3d-demo-agent-0", { "k3d.cluster.token": TOKEN });
  world.runtime.onExec(/server/, "kubectl", (process) =>
    process.print(`an event with ${TOKEN} in it`),
  );
  world.runtime.print("k3d-demo-agent-0", `joining with ${TOKEN}`);
  const registries = {
    path: "/etc/rancher/k3s/registries.yaml",
    content: "configs:\n  r:\n    auth:\n      username: me\n      password: hunter22\n",
    mode: 0o600,
    description: "",
  };
  await world.runtime.containers.putArchive("k3d-demo-agent-0", "/", await packFiles([registries]));
});
afterEach(() => rm(directory, { recursive: true }));

const run = (path: string, options = {}) =>
  exportLogs({ runtime: world.runtime, clock: systemClock }, path, {
    version: "6.0.0",
    now: new Date(0),
    ...options,
  });

describe("exportLogs", () => {
  it("writes logs, inspections, configuration and events without secrets", async () => {
    const path = join(directory, "new", "logs");
    const { files, problems } = await run(path);
    expect(files).toEqual(
      expect.arrayContaining([
        "about.json",
        "demo/cluster.json",
        "demo/events.txt",
        "demo/k3d-demo-agent-0/container.log",
        "demo/k3d-demo-agent-0/inspect.json",
        "demo/k3d-demo-agent-0/registries.yaml",
        "demo/k3d-demo-server-0/inspect.json",
      ]),
    );
    const texts = await Promise.all(files.map((file) => readFile(join(path, file), "utf8")));
    expect(texts.join("\n")).not.toMatch(/very-secret-token|hunter22/);
    expect(await readFile(join(path, "demo/events.txt"), "utf8")).toBe("an event with *** in it\n");
    expect(await readFile(join(path, "demo/k3d-demo-agent-0/container.log"), "utf8")).toMatch(
      /^\S+Z joining with \*\*\*\n$/,
    );
    // The in-memory nodes have no containerd.
    expect(problems).toEqual(expect.arrayContaining([expect.stringContaining("containerd's log")]));
    expect((await stat(path)).mode & 0o077).toBe(0);
    expect(await readdir(join(directory, "new"))).toEqual(["logs"]);
  });

  it("takes an empty directory, and refuses one with something in it", async () => {
    await mkdir(join(directory, "empty"));
    await run(join(directory, "empty"), { clusters: [] });
    await writeFile(join(directory, "mine"), "mine");
    for (const path of [directory, join(directory, "mine")]) {
      const error = await run(path).catch((failure: unknown) => failure);
      expect(error).toMatchObject({ code: expect.stringMatching(/ALREADY_EXISTS|INVALID_INPUT/) });
    }
    expect(await readFile(join(directory, "mine"), "utf8")).toBe("mine");
    expect((await readdir(directory)).toSorted()).toEqual(["empty", "mine"]);
  });

  it("leaves nothing behind when it is interrupted", async () => {
    const controller = new AbortController();
    const gate = world.runtime.hold("containers.logs");
    const work = run(join(directory, "logs"), { signal: controller.signal });
    await gate.reached;
    controller.abort();
    await expect(work).rejects.toMatchObject({ code: "ABORTED" });
    expect(await readdir(directory)).toEqual([]);
  });
});

it.each([
  ["k3d-demo-server-0", "k3d-demo-server-0"],
  ["../../etc", "__.._etc"],
  ["", "_"],
  ["a/b\u001b[31m", "a_b__31m"],
])("%j becomes the file name %s", (name, safe) => {
  expect(safeName(name)).toBe(safe);
});
