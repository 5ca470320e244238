import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { whileLoading } from "./while-loading.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "k3d-loading-"));
});
afterEach(() => rm(root, { recursive: true }));

async function load(code: string, limitMs?: number): Promise<unknown> {
  const file = join(root, `${Math.random()}.mjs`);
  await writeFile(file, code);
  return whileLoading(root, () => import(pathToFileURL(file).href) as Promise<unknown>, limitMs);
}

it("gives what is imported, and everything is as before", async () => {
  const { exit } = process;
  const [one, other] = await Promise.all([
    load("export const a = 1;"),
    load("export const b = 2;"),
  ]);
  expect([one, other]).toMatchObject([{ a: 1 }, { b: 2 }]);
  expect(process.exit).toBe(exit);
});

it.each([
  ["throws", "throw new Error('no luck')", /no luck/],
  ["ends the process", "process.exit(7)", /it ends the process when it is imported/],
  ["never ends", "await new Promise(() => {})", /it is not imported within 0\.2 s/],
])("tells of code that %s", async (_, code, message) => {
  const { exit } = process;
  await expect(load(code, 200)).rejects.toThrow(message);
  expect(process.exit).toBe(exit);
});
