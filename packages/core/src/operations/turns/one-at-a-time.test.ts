import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { NodeService } from "../nodes/node-service.js";

let home: string;
let turns: string;
let engine: ReturnType<typeof memoryEngine>;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-one-at-a-time-"));
  turns = await mkdtemp(join(home, "turns-"));
  engine = memoryEngine();
});
afterEach(async () => {
  await engine.close();
  await rm(home, { recursive: true });
});

const RUNNING: Record<string, boolean> = { one: true, two: true, killed: false };

/** A command of its own process. */
function command(id: string) {
  const deps = memoryDeps(engine, engine, home);
  deps.settings.process = { id, isRunning: async (other) => RUNNING[other] };
  deps.settings.turnDirectory = turns;
  return { deps, clusters: new ClusterService(deps), nodes: new NodeService(deps) };
}

/** Where the turn of a cluster is, as a command shows it that has it. */
async function turnOf(cluster: string): Promise<string> {
  const gate = engine.hold("containers.inspect");
  const start = command("one").clusters.start(cluster);
  await gate.reached;
  const [file = ""] = await readdir(turns);
  gate.release();
  await start;
  return join(turns, file);
}

it("lets two edits of one cluster both have their way, and leaves nothing behind", async () => {
  const [one, two] = [command("one"), command("two")];
  await one.clusters.create(memoryConfig({ agents: 1 }));
  const gate = engine.hold("containers.rename");
  const first = one.clusters.edit("demo", { portAdd: ["8080:80@loadbalancer"] });
  await gate.reached;
  const second = two.clusters.edit("k3d-demo", { portAdd: ["8081:81@loadbalancer"] });
  await expect
    .poll(() => two.deps.told.map((event) => ("title" in event ? event.title : "")))
    .toContain("Wait for another command that changes cluster demo");
  gate.release();
  await Promise.all([first, second]);
  const { spec } = await engine.containers.inspect("k3d-demo-serverlb");
  expect(spec.ports.map(({ containerPort }) => containerPort).toSorted()).toEqual([6443, 80, 81]);
  expect(engine.inventory().containers.filter((name) => name.includes("serverlb"))).toEqual([
    "k3d-demo-serverlb",
  ]);
  expect(await readdir(turns)).toEqual([]);
});

it("keeps a start from taking what an edit has put aside for what a killed one left", async () => {
  const [one, two] = [command("one"), command("two")];
  await one.clusters.create(memoryConfig({ agents: 1 }));
  const gate = engine.hold("containers.create");
  const edit = one.clusters.edit("demo", { portAdd: ["8080:80@loadbalancer"] });
  await gate.reached;
  const start = two.clusters.start("demo");
  const remove = two.nodes.delete(["k3d-demo-agent-0"]);
  gate.release();
  await Promise.all([edit, start, remove]);
  const { spec, status } = await engine.containers.inspect("k3d-demo-serverlb");
  expect(status).toBe("running");
  expect(spec.ports.map(({ containerPort }) => containerPort)).toContain(80);
  expect(engine.inventory().containers).not.toContain("k3d-demo-agent-0");
});

it("does not leave a cluster without a server when two commands delete one each", async () => {
  const [one, two] = [command("one"), command("two")];
  await one.clusters.create(memoryConfig({ servers: 2 }));
  const outcomes = await Promise.allSettled([
    one.nodes.delete(["k3d-demo-server-0"]),
    two.nodes.delete(["k3d-demo-server-1"]),
  ]);
  expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const left = engine.inventory().containers.filter((name) => name.includes("server-"));
  expect(left).toHaveLength(1);
});

it("takes the turn of a command that was killed, and not that of one on another machine", async () => {
  const { clusters } = command("one");
  await clusters.create(memoryConfig());
  const path = await turnOf("demo");
  await writeFile(path, "killed");
  await clusters.start("demo");
  await writeFile(path, "elsewhere");
  await expect(clusters.start("demo")).rejects.toMatchObject({
    code: "LOCKED",
    hint: expect.stringContaining(path),
  });
});

it("needs no directory that it can write to", async () => {
  const { clusters } = command("one");
  await clusters.create(memoryConfig());
  await rm(turns, { recursive: true });
  await clusters.edit("demo", { agents: 1 });
  expect(engine.inventory().containers).toContain("k3d-demo-agent-0");
});

it("ends its wait when it is interrupted", async () => {
  const { clusters } = command("one");
  await clusters.create(memoryConfig());
  const path = await turnOf("demo");
  await writeFile(path, "two");
  const signal = AbortSignal.timeout(50);
  await expect(clusters.edit("demo", { agents: 1 }, { signal })).rejects.toMatchObject({
    code: "ABORTED",
  });
  expect(await readdir(turns)).toEqual([basename(path)]);
});
