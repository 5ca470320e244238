import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { fakeContainerds } from "../../../test-support/containerd.js";
import { memoryConfig, memoryDeps, memoryEngine } from "../../../test-support/memory-cluster.js";
import type { ProcessIdentity } from "../../model/process-identity.js";
import { ClusterService } from "../clusters/cluster-service.js";
import { SnapshotService } from "../snapshots/snapshot-service.js";
import { takeTurn } from "./turn.js";

let home: string;
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), "k3d-turn-"))));
afterEach(() => rm(home, { recursive: true }));

const RUNNING: Record<string, boolean> = { first: true, second: true, killed: false };
const process = (id: string): ProcessIdentity => ({
  id,
  isRunning: (other) => Promise.resolve(RUNNING[other]),
});
const take = (id: string, server = "abc") =>
  takeTurn(
    { path: join(home, `.taking-${server}`), taken: "Another command reads cluster 'demo'" },
    process(id),
  );

it("is given to one command at a time, for each cluster", async () => {
  const letGo = await take("first");
  const locked = { code: "LOCKED", message: expect.stringContaining("cluster 'demo'") };
  await expect(take("second")).rejects.toMatchObject(locked);
  await (
    await take("second", "def")
  )();
  await letGo();
  await (
    await take("second")
  )();
  expect(await readdir(home)).toEqual([]);
});

it("is given to one of many that want it at once, also after one that was killed", async () => {
  await writeFile(join(home, ".taking-abc"), "killed");
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => take("first")));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await readdir(home)).toEqual([".taking-abc"]);
});

it("is given to one after one that was killed while it cleared what another had left", async () => {
  await writeFile(join(home, ".taking-abc"), "killed");
  await writeFile(join(home, ".taking-abc.clearing"), "killed");
  const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => take("first")));
  expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(await readdir(home)).toEqual([".taking-abc"]);
});

it("is never given to two, however many come and go", async () => {
  let [holders, most, turns] = [0, 0, 0];
  const come = async (): Promise<void> => {
    for (let tries = 0; tries < 150; tries++) {
      const letGo = await take("first").catch(() => undefined);
      if (letGo === undefined) continue;
      turns += 1;
      holders += 1;
      most = Math.max(most, holders);
      await readdir(home);
      holders -= 1;
      await letGo();
    }
  };
  await Promise.all(Array.from({ length: 12 }, come));
  expect([most, turns > 12]).toEqual([1, true]);
  expect(await readdir(home)).toEqual([]);
});

it("fails for what the file system says, where the file cannot be made", async () => {
  await expect(take("first", "x".repeat(300))).rejects.toMatchObject({ code: "ENAMETOOLONG" });
  expect(await readdir(home)).toEqual([]);
});

it("is not taken from a command on another machine, which may run", async () => {
  await writeFile(join(home, ".taking-abc"), "elsewhere");
  await expect(take("first")).rejects.toMatchObject({
    code: "LOCKED",
    hint: expect.stringContaining(join(home, ".taking-abc")),
  });
});

it("keeps a second snapshot from letting the nodes go on that the first one reads", async () => {
  const engine = memoryEngine();
  fakeContainerds(engine);
  const deps = memoryDeps(engine, engine, home);
  const of = (id: string) =>
    new SnapshotService({ ...deps, settings: { ...deps.settings, process: process(id) } });
  await new ClusterService(deps).create(memoryConfig());
  const gate = engine.hold("containers.unpause");
  const first = of("first").create("demo", { name: "one" });
  await gate.reached;
  await expect(of("second").create("demo", { name: "two" })).rejects.toMatchObject({
    code: "LOCKED",
  });
  expect((await engine.containers.inspect("k3d-demo-server-0")).status).toBe("paused");
  gate.release();
  await first;
  expect((await of("second").list()).map(({ name }) => name)).toEqual(["one"]);
});
