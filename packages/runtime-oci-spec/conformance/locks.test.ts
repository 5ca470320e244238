import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { promisify } from "node:util";
import { pack } from "tar-stream";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { Locks } from "../src/store/lock.ts";
import { eventually, lockIsWaitedFor } from "./support/eventually.ts";
import { idleSpec, Sandbox } from "./support/sandbox.ts";

const exec = promisify(execFile);

describe("a lock", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp("/var/tmp/k3d-locks-");
  });
  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it("has one holder, also where it was forgotten while another waited for it", async () => {
    const locks = new Locks(directory);
    const releaseSecond = Promise.withResolvers<void>();
    const secondHolds = Promise.withResolvers<void>();
    let second: Promise<void> | undefined;
    await locks.with("object", async () => {
      second = locks.with("object", async () => {
        secondHolds.resolve();
        await releaseSecond.promise;
      });
      await lockIsWaitedFor(join(directory, "object.lock"));
      await locks.forget("object");
    });
    await secondHolds.promise;
    const third = locks.with("object", async () => "held", { timeoutSeconds: 0 });
    await expect(third).rejects.toMatchObject({ code: "LOCKED" });
    releaseSecond.resolve();
    await second;
    expect(await locks.with("object", async () => "held", { timeoutSeconds: 0 })).toBe("held");
  });
});

describe("beside others' work", () => {
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

  it("containers are made and removed though a leftover cannot be deleted", async () => {
    const runtime = await sandbox.runtime();
    const leftover = join(sandbox.root, "containers", "f".repeat(64));
    const busy = join(leftover, "upper", "busy");
    await mkdir(busy, { recursive: true });
    await exec("mount", ["-t", "tmpfs", "tmpfs", busy]);
    try {
      await runtime.containers.create(idleSpec("neighbour"));
      await runtime.containers.remove("neighbour");
      const [found] = (await runtime.housekeeping?.leftovers()) ?? [];
      await expect(runtime.housekeeping?.removeLeftover(found?.id ?? "")).rejects.toMatchObject({
        code: "RUNTIME_ERROR",
        message: expect.stringContaining("EBUSY") as string,
      });
    } finally {
      await exec("umount", [busy]);
    }
    await runtime.containers.create(idleSpec("neighbour"));
    await expect(stat(leftover)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("a stopped container is not removed while files are put into it", async () => {
    const runtime = await sandbox.runtime();
    const id = await runtime.containers.create(idleSpec("target"));
    const archive = pack();
    const source = archive.pipe(new PassThrough());
    archive.entry({ name: "first" }, "1");
    const order: string[] = [];
    const putting = runtime.containers.putArchive("target", "/", source).then(() => {
      order.push("put");
    });
    const rootfs = join(sandbox.root, "containers", id, "rootfs");
    await eventually(async () => ((await readdir(rootfs)).includes("first") ? true : undefined));
    const removing = runtime.containers.remove("target").then(() => {
      order.push("removed");
    });
    await lockIsWaitedFor(join(sandbox.run, "locks", `container-${id}.lock`));
    archive.entry({ name: "second" }, "2");
    archive.finalize();
    await Promise.all([putting, removing]);
    expect(order).toEqual(["put", "removed"]);
  });
});
