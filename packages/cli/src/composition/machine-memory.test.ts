import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { MachineMemory } from "./machine-memory.js";

let data: string;
let memory: MachineMemory;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "k3d-machines-"));
  memory = new MachineMemory({ K3D_DATA_DIR: data }, "/nowhere");
});
afterEach(() => rm(data, { recursive: true }));

const machines = [{ name: "big", endpoint: "ssh://me@big" }];

it("remembers and forgets the machines of a cluster", async () => {
  await memory.remember("demo.a", machines);
  expect(await memory.of("demo.a")).toEqual(machines);
  expect(await memory.clusters()).toEqual(["demo.a"]);
  await memory.forget("demo.a");
  expect(await memory.of("demo.a")).toEqual([]);
  expect(await memory.clusters()).toEqual([]);
});

it("never leaves its directory, whatever a cluster is called", async () => {
  await writeFile(join(data, "other.json"), "{}");
  await memory.remember("../other", machines);
  expect(await memory.of("../other")).toEqual(machines);
  await memory.forget("../other");
  expect((await readdir(data)).toSorted()).toEqual(["machines", "other.json"]);
});

it("takes no notice of files of others", async () => {
  await mkdir(join(data, "machines"), { recursive: true });
  await writeFile(join(data, "machines", "%.json"), "{}");
  await writeFile(join(data, "machines", "notes.txt"), "");
  expect(await memory.clusters()).toEqual([]);
});

it("looks once for all who ask at first, and anew for those who ask again", async () => {
  expect(await memory.firstClusters()).toEqual([]);
  await memory.remember("demo", machines);
  expect(await memory.firstClusters()).toEqual([]);
  expect(await memory.clusters()).toEqual(["demo"]);
});
