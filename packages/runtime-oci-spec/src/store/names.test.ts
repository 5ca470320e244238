import { lstat, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Locks } from "./lock.ts";
import { pathsOf } from "./paths.ts";
import { ContainerRecords } from "./records.ts";

let directory: string;
let records: ContainerRecords;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "k3d-names-"));
  const paths = pathsOf(join(directory, "root"), join(directory, "run"));
  records = new ContainerRecords(paths, new Locks(paths.locks));
});

afterEach(() => rm(directory, { recursive: true }));

const isAlive = async (id: string): Promise<boolean> => id !== "gone";

describe.runIf(process.platform === "linux")("names of containers", () => {
  it("are had by one", async () => {
    await records.claimName("node", "one", isAlive);
    await expect(records.claimName("node", "two", isAlive)).rejects.toMatchObject({
      code: "NAME_IN_USE",
    });
  });

  it("take no room beside the one that a container has", async () => {
    const id = "1".repeat(64);
    await records.claimName("node", id, isAlive);
    await records.claimName("renamed", id, isAlive, "node");
    const links = await Promise.all(
      ["node", "renamed"].map((name) => lstat(join(directory, "root", "names", name))),
    );
    expect(links.map(({ nlink }) => nlink)).toEqual([2, 2]);
    await records.releaseName("node", id);
    expect(await readdir(join(directory, "root", "names"))).toEqual(["renamed"]);
    await expect(records.claimName("renamed", "two", isAlive)).rejects.toMatchObject({
      code: "NAME_IN_USE",
    });
  });

  it("are taken over by one of several that find their owner gone", async () => {
    await records.claimName("node", "gone", isAlive);
    // All have seen the dead owner before the first of them goes on.
    const seen = Promise.withResolvers<void>();
    let looking = 0;
    const look = async (id: string): Promise<boolean> => {
      if (id !== "gone") return true;
      looking += 1;
      if (looking === 3) seen.resolve();
      await seen.promise;
      return false;
    };
    const claims = await Promise.allSettled(
      ["one", "two", "three"].map((id) => records.claimName("node", id, look)),
    );
    expect(claims.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    const winner = ["one", "two", "three"][claims.findIndex((c) => c.status === "fulfilled")];
    await records.releaseName("node", "gone");
    await expect(records.claimName("node", "four", isAlive)).rejects.toMatchObject({
      code: "NAME_IN_USE",
    });
    await records.releaseName("node", winner ?? "");
    await records.claimName("node", "four", isAlive);
  });
});
