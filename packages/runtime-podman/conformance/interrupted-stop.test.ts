import { homedir } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerRuntime } from "@k3d/core/runtime";
import { afterEach, beforeEach, expect, it } from "vitest";
import factory from "../src/index.js";

const NAME = `k3dconf-interrupted-${process.pid}`;
const uid = process.geteuid?.();
let runtime: ContainerRuntime;
let pid: number;

/** Its process ignores SIGTERM, and the stop that would kill it in the end was aborted. */
beforeEach(async () => {
  runtime = await factory.create({
    env: process.env,
    homeDir: homedir(),
    platform: process.platform,
    uid,
  });
  await runtime.containers.create({
    name: NAME,
    image: "k3d.local/busybox:dev",
    process: { args: ["sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], env: [] },
    mounts: [],
    labels: { "k3d.test": "interrupted-stop" },
    linux: {},
    networks: [],
    ports: [],
  });
  await runtime.containers.start(NAME);
  for await (const { line } of runtime.containers.logs(NAME, { follow: true })) {
    if (line === "ready") break;
  }
  pid = (await runtime.containers.inspect(NAME)).pid ?? 0;
  const controller = new AbortController();
  const stop = runtime.containers.stop(NAME, { timeoutSeconds: 60, signal: controller.signal });
  stop.catch(() => undefined);
  for (let look = 0; look < 100 && !(await isStopping()); look++) await delay(50);
  controller.abort();
  await expect(stop).rejects.toMatchObject({ code: "ABORTED" });
  expect(lives(pid)).toBe(true);
});

afterEach(async () => {
  for (const { id } of await runtime.containers.list({
    labels: { "k3d.test": "interrupted-stop" },
  })) {
    await runtime.containers.remove(id, { force: true });
  }
  await runtime.close();
});

it("remove by force ends the process", async () => {
  await runtime.containers.remove(NAME, { force: true });
  expect(lives(pid)).toBe(false);
});

it("start ends the old process and begins a new one", async () => {
  await runtime.containers.start(NAME);
  const info = await runtime.containers.inspect(NAME);
  expect(info.status).toBe("running");
  expect(info.pid).not.toBe(pid);
  expect(lives(pid)).toBe(false);
});

/** Podman refuses to run anything in a container that it is stopping. */
async function isStopping(): Promise<boolean> {
  const { stdout, stderr, exitCode } = await runtime.containers.exec(NAME, { args: ["true"] });
  stdout.resume();
  stderr.resume();
  return exitCode.then(
    (code) => code !== 0,
    () => true,
  );
}

function lives(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch {
    return false;
  }
}
