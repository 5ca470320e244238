import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import { idleSpec, Sandbox } from "./support/sandbox.ts";

const exec = promisify(execFile);
const command = (program: string, ...args: string[]) => exec(program, args);

let directory: string;
let sandbox: Sandbox;

/** A directory within an overlay, which cannot hold the writes of another one. */
beforeEach(async () => {
  directory = await mkdtemp("/var/tmp/k3d-overlay-");
  const [lower, upper, work, merged] = ["lower", "upper", "work", "merged"].map((name) =>
    join(directory, name),
  ) as [string, string, string, string];
  for (const path of [lower, upper, work, merged]) await mkdir(path);
  await command(
    "mount",
    "-t",
    "overlay",
    "overlay",
    "-o",
    `lowerdir=${lower},upperdir=${upper},workdir=${work}`,
    merged,
  );
  sandbox = await Sandbox.open({}, merged);
});
afterEach(async () => {
  await sandbox.close();
  await command("umount", join(directory, "merged"));
  await rm(directory, { recursive: true });
});

it("containers get copies where no overlay can be made, and info says why", async () => {
  const runtime = await sandbox.runtime();
  await runtime.containers.create(idleSpec("copied"));
  await runtime.containers.create(idleSpec("other"));
  await runtime.containers.start("copied");
  await runtime.containers.start("other");
  expect((await runtime.info()).storageDriver).toMatch(/^copy \(no overlayfs: .+\)$/s);
  const write = await runtime.containers.exec("copied", {
    args: ["sh", "-c", "echo mine > /own; cat /own"],
  });
  write.stderr.resume();
  expect(await text(write.stdout)).toBe("mine\n");
  const look = await runtime.containers.exec("other", { args: ["ls", "/own"] });
  look.stdout.resume();
  look.stderr.resume();
  expect(await look.exitCode).not.toBe(0);
  await runtime.containers.stop("copied", { timeoutSeconds: 5 });
  await runtime.containers.start("copied");
  expect((await runtime.containers.inspect("copied")).status).toBe("running");
});
