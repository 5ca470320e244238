import { mkdir, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { enginesUnderTest } from "./support/engine.js";
import { imageArchive } from "./support/image-archive.js";
import { offlineImage } from "./support/images.js";
import { SMALL_ENGINES, type SmallEngine } from "./support/small/index.js";
import { World, type CliResult } from "./support/world.js";

const MIB = 1024 * 1024;
/** Each needs an engine of its own on a disk of its own, so root on Linux. */
const possible = process.platform === "linux" && process.getuid?.() === 0;
const engines = enginesUnderTest().filter(({ name }) => SMALL_ENGINES[name] !== undefined);

describe.runIf(possible).each(engines)("a full disk on $name", (shared) => {
  let engine: SmallEngine;
  let world: World;
  let small: string;
  const cluster = "full";
  const server = `k3d-${cluster}-server-0`;
  const big = "docker.io/library/big:1";
  const storage = "/var/lib/rancher/k3s/storage";

  const k3d = (args: string[], dataHome?: string): Promise<CliResult> =>
    world.run(args, {
      env: { ...engine.env, ...(dataHome === undefined ? {} : { XDG_DATA_HOME: dataHome }) },
    });
  const succeed = async (...args: string[]): Promise<void> => {
    const { exitCode, stderr } = await k3d(args);
    expect(exitCode, `${args.join(" ")}\n${stderr}`).toBe(0);
  };
  /** Everything of the engine's that a restore could change. */
  const state = (): Promise<string[][]> => engine.state();
  /** A node that has just come back answers after a while. */
  const expectImage = (): Promise<void> =>
    expect
      .poll(() => engine.exec(server, "ctr", "images", "ls", "-q").catch(() => ""), {
        timeout: 60_000,
      })
      .toContain(big);
  const leave = async (free: number): Promise<void> => {
    const filler = join(engine.data, "filler");
    await rm(filler, { force: true });
    const { bavail, bsize } = await statfs(engine.data);
    await execa("fallocate", ["-l", String(Math.max(0, bavail * bsize - free)), filler]);
  };
  const expectFull = ({ exitCode, stderr }: CliResult): void => {
    expect(exitCode, stderr).toBe(12);
    expect(stderr.split("\n").filter((line) => line.startsWith("Error:"))).toEqual([
      expect.stringContaining("[NO_SPACE]"),
    ]);
  };

  beforeAll(async () => {
    world = await World.create(shared);
    const start = SMALL_ENGINES[shared.name];
    if (start === undefined) throw new Error(`there is no small ${shared.name}`);
    engine = await start(1200 * MIB);
    world.around = engine.around;
    await engine.copyImages(["K3D_IMAGE", "K3D_IMAGE_LOADBALANCER"].map(offlineImage));
    small = join(world.home, "small");
    await mkdir(small);
    await execa("mount", ["-t", "tmpfs", "-o", "size=30m", "small", small]);
    await succeed("cluster", "create", cluster);
    const path = join(world.home, "big.tar");
    await writeFile(path, (await imageArchive(big, 60 * MIB)).content);
    await succeed("image", "import", path, "--cluster", cluster);
    await succeed("cluster", "snapshot", "create", cluster, "images");
    const file = `mkdir -p ${storage}; head -c ${150 * MIB} /dev/urandom > ${storage}/file`;
    await engine.exec(server, "sh", "-c", file);
    await succeed("cluster", "snapshot", "create", cluster, "volume", "--volume", storage);
    await succeed("cluster", "snapshot", "export", "volume", "-o", join(world.home, "volume.tar"));
    await engine.exec(server, "rm", `${storage}/file`);
  }, 300_000);
  afterAll(async () => {
    await engine?.dispose();
    await execa("umount", [small], { reject: false });
    await world?.dispose();
  }, 120_000);

  it("in the nodes is told by an import of an image, of which they keep nothing", async () => {
    const more = "docker.io/library/more:1";
    const path = join(world.home, "more.tar");
    await writeFile(path, (await imageArchive(more, 60 * MIB)).content);
    await leave(40 * MIB);
    expectFull(await k3d(["image", "import", path, "--cluster", cluster]));
    expect(await engine.exec(server, "ctr", "images", "ls", "-q")).not.toContain(more);
    await leave(300 * MIB);
    await succeed("image", "import", path, "--cluster", cluster);
    expect(await engine.exec(server, "ctr", "images", "ls", "-q")).toContain(more);
    await succeed("image", "remove", more, "--cluster", cluster);
  }, 120_000);

  it("takes no snapshot, exports and imports none, and keeps nothing of them", async () => {
    const before = await state();
    expectFull(await k3d(["cluster", "snapshot", "create", cluster, "images"], small));
    expectFull(await k3d(["cluster", "snapshot", "import", join(world.home, "volume.tar")], small));
    expect(await readdir(join(small, "k3d", "snapshots"))).toEqual([]);
    await rm(join(small, "k3d"), { recursive: true });
    expectFull(await k3d(["cluster", "snapshot", "export", "volume", "-o", join(small, "a.tar")]));
    expect(await readdir(small)).toEqual([]);
    expect(await state()).toEqual(before);
  }, 120_000);

  it("restores no snapshot whose data has no room; the old cluster is as it was", async () => {
    const before = await state();
    await leave(100 * MIB);
    expectFull(await k3d(["cluster", "restore", cluster, "volume"]));
    expect(await state()).toEqual(before);
    expectFull(await k3d(["cluster", "restore", "another", "volume"]));
    expect(await state()).toEqual(before);
    await expectImage();
  }, 180_000);

  it("restores no snapshot whose images have no room, which k3s only says in its log", async () => {
    const before = await state();
    await leave(80 * MIB);
    expectFull(await k3d(["cluster", "restore", cluster, "images"]));
    expect(await state()).toEqual(before);
    await expectImage();
    await leave(400 * MIB);
    await succeed("cluster", "restore", cluster, "images");
    await expectImage();
  }, 180_000);
});
