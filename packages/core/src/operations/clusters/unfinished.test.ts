import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import type { SimpleConfig } from "../../config/simple-config.js";
import { ListingService } from "../listing/listing-service.js";
import { NodeService } from "../nodes/node-service.js";
import { ClusterService } from "./cluster-service.js";

let home: string;
let engine: ReturnType<typeof memoryEngine>;
let deps: ReturnType<typeof memoryDeps>;
let clusters: ClusterService;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-unfinished-"));
  engine = memoryEngine();
  deps = memoryDeps(engine, engine, home);
  clusters = new ClusterService(deps);
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const PATH = "/etc/k3d/creation";
const ALL = ["k3d-demo-server-0", "k3d-demo-agent-0", "k3d-demo-agent-1", "k3d-demo-serverlb"];
const CONFIG: Partial<SimpleConfig> = { agents: 2 };

/** As a command leaves it that is killed before it has made these. */
async function killedBefore(...lacking: string[]): Promise<void> {
  deps.settings.process = { id: "killed", isRunning: async () => true };
  await clusters.create(memoryConfig(CONFIG));
  deps.settings.process = { id: "now", isRunning: async (id) => id !== "killed" };
  for (const name of lacking) await engine.containers.remove(name, { force: true });
  engine.files("k3d-demo-server-0").writeText(PATH, ["begun", ...ALL, ""].join("\n"));
  for (const name of ALL.filter((one) => !lacking.includes(one)))
    await engine.containers.stop(name);
}

/** As it is when its container was made, and nothing else came to pass. */
async function asMade(name: string, files: boolean): Promise<void> {
  const { spec } = await engine.containers.inspect(name);
  const kept = engine.files(name).readText("/bin/k3d-entrypoint.sh");
  await engine.containers.remove(name, { force: true });
  await engine.containers.create(spec);
  if (files) engine.files(name).writeText("/bin/k3d-entrypoint.sh", kept ?? "");
}

async function state(): Promise<string> {
  const listing = new ListingService({
    runtime: engine,
    onEveryRuntime: async (work) => [await work(engine)],
    process: deps.settings.process,
    answers: async () => true,
  });
  const [cluster] = await listing.clusters();
  return [cluster?.state.status, cluster?.state.reason].filter(Boolean).join(": ");
}
const mark = (): string | undefined =>
  engine.files("k3d-demo-server-0").readText(PATH)?.split("\n")[0];
const warnings = (): string[] =>
  deps.told.flatMap((event) => (event.type === "warning" ? event.message : []));
const statusOf = async (name: string): Promise<string> =>
  (await engine.containers.inspect(name)).status;

it("names all that its creation is to make before the first server starts", async () => {
  const gate = engine.hold("containers.start");
  const created = clusters.create(memoryConfig(CONFIG));
  await gate.reached;
  const [state_, ...names] = engine.files("k3d-demo-server-0").readText(PATH)?.split("\n") ?? [];
  expect(state_).toBe("begun");
  expect(names.filter(Boolean).toSorted()).toEqual(ALL.toSorted());
  gate.release();
  await created;
  expect(engine.files("k3d-demo-server-0").readText(PATH)).toBe("finished\n");
});

it("stays incomplete when it is started without what was never made", async () => {
  await killedBefore("k3d-demo-agent-0", "k3d-demo-agent-1");
  await clusters.start("demo");
  expect(warnings()).toEqual([
    "The creation of cluster 'demo' broke off before it had made k3d-demo-agent-0, k3d-demo-agent-1",
  ]);
  expect(await state()).toBe("incomplete: its creation broke off");
  expect(mark()).toBe("kept");
  expect(await statusOf("k3d-demo-server-0")).toBe("running");

  await clusters.apply(memoryConfig(CONFIG));
  expect(await state()).toBe("running");
  expect(mark()).toBe("finished");
});

it("is what apply has made of it, also where the file says less now", async () => {
  await killedBefore("k3d-demo-agent-1");
  await clusters.apply(memoryConfig({ agents: 1 }));
  expect([await state(), mark()]).toEqual(["running", "finished"]);
});

it("is whole when what was never made is made or given up by hand", async () => {
  await killedBefore("k3d-demo-agent-1");
  await clusters.start("demo");
  expect(mark()).toBe("kept");
  await clusters.edit("demo", { agents: 2 });
  expect([await state(), mark()]).toEqual(["running", "finished"]);
  await new NodeService(deps).delete(["k3d-demo-agent-0"]);
  expect(await state()).toBe("running");
});

it("is left alone while its creation goes on", async () => {
  deps.settings.process = { id: "now", isRunning: async () => true };
  const gate = engine.hold("containers.start", "k3d-demo-serverlb");
  const creation = clusters.create(memoryConfig(CONFIG));
  await gate.reached;
  for (const act of [clusters.start("demo"), clusters.apply(memoryConfig(CONFIG))])
    await expect(act).rejects.toMatchObject({
      code: "LOCKED",
      message: "Cluster 'demo' is being created by another command",
    });
  gate.release();
  await creation;
  expect([await state(), mark()]).toEqual(["running", "finished"]);
});

it("may be started by a hook of its creation, which waits for it and says itself when it is done", async () => {
  await killedBefore();
  deps.settings.process = { id: "now", isRunning: async () => true };
  await expect(clusters.start("demo")).rejects.toMatchObject({ code: "LOCKED" });
  const settings = { ...deps.settings, hookOf: "demo" };
  await new ClusterService({ ...deps, settings }).start("demo");
  expect(await statusOf("k3d-demo-server-0")).toBe("running");
  expect(mark()).toBe("begun");
});

it("is whole when all was made and started", async () => {
  await killedBefore();
  await asMade("k3d-demo-agent-1", true);
  await clusters.start("demo");
  expect(warnings()).toEqual([]);
  expect(await state()).toBe("running");
  expect(mark()).toBe("finished");
  await clusters.stop("demo");
  const asked = engine.calls.length;
  await clusters.start("demo");
  const marks = engine.calls.slice(asked).filter(({ operation }) => operation.includes("putArch"));
  expect(marks).toEqual([]);
});

it("leaves out a node without its files, which apply makes anew", async () => {
  await killedBefore();
  await asMade("k3d-demo-agent-1", false);
  await clusters.start("demo");
  expect(warnings()).toEqual([expect.stringMatching(/had made k3d-demo-agent-1$/)]);
  expect(engine.inventory().containers).not.toContain("k3d-demo-agent-1");
  expect(await state()).toBe("incomplete: its creation broke off");
  await clusters.apply(memoryConfig(CONFIG));
  expect(await statusOf("k3d-demo-agent-1")).toBe("running");
  expect(engine.files("k3d-demo-agent-1").readText("/bin/k3d-entrypoint.sh")).toBeTruthy();
  expect(await state()).toBe("running");
});

it("is no matter for a whole one, whose nodes may have other names", async () => {
  deps.settings.process = { id: "now", isRunning: async () => true };
  await clusters.create(memoryConfig(CONFIG));
  await clusters.stop("demo");
  await engine.containers.rename("k3d-demo-agent-0", "mine");
  await clusters.start("demo", { timeoutMs: 5000 });
  expect(warnings()).toEqual([]);
  expect(await statusOf("mine")).toBe("running");
});

it("makes a load balancer again that lacks its files, without ports that nobody knows", async () => {
  await killedBefore();
  await asMade("k3d-demo-serverlb", false);
  await clusters.start("demo");
  expect(warnings()).toEqual([
    expect.stringMatching(/had made k3d-demo-serverlb$/),
    expect.stringMatching(/^Load balancer k3d-demo-serverlb is gone: it is made again/),
  ]);
  expect(await statusOf("k3d-demo-serverlb")).toBe("running");
});

it("is not started where its first server never ran", async () => {
  await killedBefore();
  await asMade("k3d-demo-server-0", false);
  for (const act of [clusters.start("demo"), clusters.apply(memoryConfig(CONFIG))]) {
    await expect(act).rejects.toMatchObject({
      code: "CONTAINER_FAILED",
      message:
        "Cluster 'demo' was never finished: its creation broke off before its first server ran",
      hint: expect.stringContaining("k3d cluster delete demo"),
    });
  }
  await clusters.delete("demo");
  expect(engine.inventory().containers).toEqual([]);
});
