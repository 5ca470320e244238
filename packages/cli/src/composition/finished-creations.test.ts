import { randomUUID } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { finishedCreations } from "./finished-creations.js";

const newId = (): string => `${randomUUID()}@host.example:42:1234 ${"0a".repeat(32)}`;

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-created-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
});

describe("creations that are over", () => {
  it("are known to the next command, and no others", () => {
    const [one, other] = [newId(), newId()];
    const first = finishedCreations(directory);
    expect(first.has(one)).toBe(false);
    first.add(one);
    expect(first.has(one)).toBe(true);
    const next = finishedCreations(directory);
    expect([next.has(one), next.has(other), next.has("")]).toEqual([true, false, false]);
  });

  it("are kept once each, when two commands write at once too", async () => {
    const [one, other] = [newId(), newId()];
    const [first, second] = [finishedCreations(directory), finishedCreations(directory)];
    for (const command of [first, second]) command.has(one);
    first.add(one);
    first.add(one);
    second.add(other);
    expect(await readFile(join(directory, "created-clusters"), "utf8")).toBe(`${one}\n${other}\n`);
  });

  it.each([
    "",
    "no-process",
    `${randomUUID()}@a\nb c`,
    `${randomUUID()}@a`,
    `${randomUUID()}@${"x".repeat(200)} c`,
  ])("are of ids that k3d makes: not %o of a label", async (id) => {
    finishedCreations(directory).add(id);
    await expect(readFile(join(directory, "created-clusters"))).rejects.toThrow("ENOENT");
  });

  it("do not fill the disk", async () => {
    for (let count = 0; count < 500; count++) finishedCreations(directory).add(newId());
    const { length } = await readFile(join(directory, "created-clusters"));
    expect(length).toBeGreaterThan(50);
    expect(length).toBeLessThan(33_000);
  });

  it("may be kept nowhere: a directory that is gone, or a file that cannot be read", async () => {
    await writeFile(join(directory, "file"), "");
    for (const nowhere of ["gone", "file"]) {
      const one = finishedCreations(join(directory, nowhere));
      const id = newId();
      one.add(id);
      expect(one.has(id)).toBe(true);
    }
  });
});
