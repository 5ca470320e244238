import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { HousekeepingOperations } from "@k3d/core/runtime";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { labelledImage } from "./support/image.ts";
import { idleSpec, Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterEach(async () => {
  await sandbox.removeAll();
});
afterAll(async () => {
  await sandbox.close();
});

async function housekeeping(): Promise<HousekeepingOperations> {
  const { housekeeping: operations } = await sandbox.runtime();
  if (operations === undefined) throw new Error("the runtime keeps no house");
  return operations;
}

it("tells what containers and volumes take", async () => {
  const runtime = await sandbox.runtime();
  await runtime.volumes.create({ name: "data", labels: {} });
  const mounts = [
    { type: "volume" as const, destination: "/own" },
    { type: "volume" as const, source: "data", destination: "/data" },
  ];
  await runtime.containers.create(idleSpec("sized", { mounts }));
  await runtime.containers.start("sized");
  for (const path of ["/own/file", "/data/file", "/file"]) {
    const args = ["sh", "-c", `head -c 100000 /dev/zero > ${path}`];
    const written = await runtime.containers.exec("sized", { args });
    written.stdout.resume();
    written.stderr.resume();
    expect(await written.exitCode, path).toBe(0);
  }
  const { id } = await runtime.containers.inspect("sized");
  const { containers, volumes } = await (await housekeeping()).usage();
  expect(volumes.get("data")).toBe(100_000);
  // Its own writes and its anonymous volume, besides a few files of the runtime's.
  expect(containers.get(id)).toBeGreaterThanOrEqual(200_000);
  expect(containers.get(id)).toBeLessThan(300_000);
});

it("finds what killed commands left, and nothing that is in use", async () => {
  const runtime = await sandbox.runtime();
  await runtime.containers.create(idleSpec("used"));
  const operations = await housekeeping();
  expect(await operations.leftovers()).toEqual([]);

  const unmade = join(sandbox.root, "containers", "f".repeat(64));
  const unpacked = join(sandbox.root, "unpacked", "e".repeat(64));
  const scratch = join(sandbox.root, "tmp", "999999999-1-unpack-0123456789ab");
  for (const directory of [unmade, unpacked, scratch]) {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, "file"), "12345");
  }
  const found = await operations.leftovers();
  expect(found.map(({ name }) => name).toSorted()).toEqual([unmade, scratch, unpacked].toSorted());
  expect(found.map(({ size }) => size)).toEqual([5, 5, 5]);

  for (const { id } of found) await operations.removeLeftover(id);
  expect(await operations.leftovers()).toEqual([]);
  for (const directory of [unmade, unpacked, scratch]) {
    await expect(stat(directory)).rejects.toMatchObject({ code: "ENOENT" });
  }
  expect(await readdir(join(sandbox.root, "unpacked"))).toHaveLength(1);
  await runtime.containers.start("used");
  expect((await runtime.containers.inspect("used")).status).toBe("running");
});

it("deletes what is stored of an image whose name went to another one, and its containers go on", async () => {
  const runtime = await sandbox.runtime();
  const reference = "localhost/replaced:1";
  const { architecture } = await runtime.info();
  await runtime.images.load(await labelledImage(reference, architecture, "first"));
  const first = (await runtime.images.inspect(reference)).id;
  await runtime.containers.create(idleSpec("user", { image: reference }));
  await runtime.images.load(await labelledImage(reference, architecture, "second"));
  await expect(runtime.images.inspect(first)).rejects.toMatchObject({ code: "IMAGE_NOT_FOUND" });
  const config = join(sandbox.root, "images", "blobs", first.replace(":", "/"));
  await expect(stat(config)).rejects.toMatchObject({ code: "ENOENT" });

  const orphan = join(sandbox.root, "images", "blobs", "sha256", "d".repeat(64));
  await writeFile(orphan, "12345");
  const unpacked = join(sandbox.root, "unpacked", first.replace("sha256:", ""));
  const operations = await housekeeping();
  const [found, ...others] = await operations.leftovers();
  expect(found).toMatchObject({ name: join(sandbox.root, "images"), size: 5 });
  expect(others).toEqual([]);
  await operations.removeLeftover(found?.id ?? "");
  await expect(stat(orphan)).rejects.toMatchObject({ code: "ENOENT" });
  await stat(unpacked);

  await runtime.containers.remove("user");
  const [left] = await operations.leftovers();
  expect(left?.name).toBe(unpacked);
  await operations.removeLeftover(left?.id ?? "");
  await expect(stat(unpacked)).rejects.toMatchObject({ code: "ENOENT" });
});

it("works where its directories are reached through a link", async () => {
  const parent = await mkdtemp("/var/tmp/k3d-linked-");
  await mkdir(join(parent, "real"));
  await symlink("real", join(parent, "link"));
  const linked = await Sandbox.open({}, join(parent, "link"));
  try {
    const runtime = await linked.runtime();
    await runtime.containers.create(idleSpec("linked", { networks: [], ports: [] }));
    for (let round = 0; round < 2; round += 1) {
      await runtime.containers.start("linked");
      await runtime.containers.stop("linked", { timeoutSeconds: 5 });
    }
    const mounts = (await readFile("/proc/self/mounts", "utf8")).split("\n");
    expect(mounts.filter((line) => line.includes(`${parent}/real`))).toHaveLength(1);
    await runtime.containers.remove("linked");
    expect(await readdir(join(linked.root, "containers"))).toEqual([]);
  } finally {
    await linked.close();
    await rm(parent, { recursive: true });
  }
});
