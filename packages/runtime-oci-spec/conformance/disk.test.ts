import { afterAll, beforeAll, expect, it } from "vitest";
import { diskUsage } from "./support/outside.ts";
import { idleSpec, Sandbox } from "./support/sandbox.ts";

const CONTAINERS = 20;
const OWN_BYTES = 256 * 1024;

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await Sandbox.open();
});
afterAll(async () => {
  await sandbox.close();
});

it(`${CONTAINERS} containers of one image use the disk of one image and of their own writes`, async () => {
  const runtime = await sandbox.runtime();
  const image = await diskUsage(sandbox.root);
  const script = `head -c ${OWN_BYTES} /dev/urandom > /own; trap "exit 0" TERM; sleep 86400 & wait`;
  await runtime.containers.create(
    idleSpec("first", { process: { env: [], args: ["sh", "-c", script] } }),
  );
  await runtime.containers.start("first");
  const unpacked = await diskUsage(sandbox.root);
  expect(unpacked - image).toBeGreaterThan(OWN_BYTES);
  for (let number = 1; number < CONTAINERS; number += 1) {
    await runtime.containers.create(
      idleSpec(`c${number}`, { process: { env: [], args: ["sh", "-c", script] } }),
    );
    await runtime.containers.start(`c${number}`);
  }
  const exec = await runtime.containers.exec(`c${CONTAINERS - 1}`, {
    args: ["sh", "-c", `until [ "$(stat -c %s /own)" = ${OWN_BYTES} ]; do sleep 0.05; done`],
  });
  exec.stdout.resume();
  exec.stderr.resume();
  expect(await exec.exitCode).toBe(0);
  const perContainer = ((await diskUsage(sandbox.root)) - unpacked) / (CONTAINERS - 1);
  // Bundle, records and empty directories beside what the container wrote.
  expect(perContainer).toBeLessThan(OWN_BYTES + 128 * 1024);
  expect(
    (await runtime.containers.list()).filter(({ status }) => status === "running"),
  ).toHaveLength(CONTAINERS);
});
