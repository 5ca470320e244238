import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { assert as assertProperty, asyncProperty, stringMatching, uint8Array } from "fast-check";
import { extract, pack, type Header } from "tar-stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exportSnapshot, importSnapshot } from "./archive.js";
import { blobPath, readBlob, writeBlob, type WrittenBlob } from "./blobs.js";
import type { SnapshotDocument } from "./document.js";
import { sealSnapshot } from "./seal.js";
import { SnapshotStore, type StoredSnapshot } from "./store.js";
import { fromRoot, isWithin, mapEntries } from "./tar-entries.js";

const { signal } = new AbortController();

let home: string;
let store: SnapshotStore;
let path: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "k3d-snapshot-test-"));
  store = new SnapshotStore(join(home, "snapshots"));
  path = join(home, "exported.tar");
});
afterEach(() => rm(home, { recursive: true }));

const NODE = "k3d-demo-server-0";

const documentWith = (blob: WrittenBlob, changes: object = {}): SnapshotDocument => ({
  version: 1,
  name: "kept",
  cluster: "demo",
  created: "2026-01-01T00:00:00.000Z",
  k3d: "6.0.0",
  runtime: "memory",
  architecture: "amd64",
  k3sVersion: "v1.30.0+k3s1",
  datastore: "sqlite",
  token: "secret",
  config: { apiVersion: "k3d.io/v1alpha5", kind: "Simple" },
  nodes: [{ name: NODE, role: "server", index: 0, kubernetesNode: NODE }],
  data: [{ kind: "server", path: "/data", node: NODE, ...blob }],
  images: [],
  ...changes,
});

/** Keeps one snapshot with this content as its data. */
async function keep(content: Buffer, changes: object = {}, name = "kept"): Promise<StoredSnapshot> {
  const layout = await store.begin();
  const blob = await writeBlob(layout, Readable.from([content]), signal);
  await sealSnapshot(layout, documentWith(blob, { name, ...changes }), []);
  return store.publish(layout, name);
}

const contentOf = async (snapshot: StoredSnapshot): Promise<Buffer> => {
  const [data] = snapshot.document.data;
  if (data === undefined) throw new Error("no data");
  return buffer(readBlob(snapshot.layout, data, "kept"));
};

const tar = async (
  entries: readonly [Partial<Header> & Pick<Header, "name">, string?][],
): Promise<Buffer> => {
  const archive = pack();
  for (const [header, content] of entries) archive.entry(header, content ?? "");
  archive.finalize();
  return buffer(Readable.from(archive as unknown as AsyncIterable<Buffer>));
};

describe("a snapshot", () => {
  it("comes through a file as it was, whatever is in it", async () => {
    await assertProperty(
      asyncProperty(
        uint8Array({ maxLength: 5000 }),
        stringMatching(/^[a-z]{1,10}$/),
        async (bytes, token) => {
          const content = Buffer.from(bytes);
          const kept = await keep(content, { token });
          await exportSnapshot(kept, path, signal);
          const imported = await importSnapshot(path, "theirs", store, signal);
          expect(imported.document).toEqual(kept.document);
          expect((await contentOf(imported)).equals(content)).toBe(true);
          await store.delete("kept");
          await store.delete("theirs");
        },
      ),
      { numRuns: 8 },
    );
  });

  it("is readable for its user alone, here and in a file", async () => {
    const { layout } = await keep(Buffer.from("x"));
    await exportSnapshot(await store.get("kept"), path, signal);
    const modes = await Promise.all(
      [join(home, "snapshots"), layout, path].map((file) => stat(file)),
    );
    expect(modes.map(({ mode }) => mode & 0o077)).toEqual([0, 0, 0]);
  });

  it("has what it shares with another one on the disk once, and keeps it when that goes", async () => {
    const content = randomBytes(2000);
    const first = await keep(content);
    const second = await keep(content, {}, "again");
    const blob = first.document.data[0]?.digest ?? "";
    const inodes = await Promise.all(
      [first, second].map(({ layout }) => stat(blobPath(layout, blob))),
    );
    expect(new Set(inodes.map(({ ino }) => ino)).size).toBe(1);
    await store.delete("kept");
    expect((await contentOf(second)).equals(content)).toBe(true);
  });

  it("of a name that is taken is refused, and leaves nothing", async () => {
    await keep(Buffer.from("x"));
    await expect(store.checkFree("kept")).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    await expect(keep(Buffer.from("y"))).rejects.toMatchObject({ code: "ALREADY_EXISTS" });
    expect((await contentOf(await store.get("kept"))).toString()).toBe("x");
  });

  it.each(["", ".", "..", "../x", "a/b", "-x", "x".repeat(64), ".draft-1"])(
    "is not named %j",
    async (name) => {
      await expect(store.checkFree(name)).rejects.toMatchObject({ code: "INVALID_INPUT" });
      await expect(store.delete(name)).rejects.toMatchObject({ code: "NOT_FOUND" });
    },
  );

  it("that an ended process left is removed, and one of a process that runs is not", async () => {
    const isRunning = async (id: string): Promise<boolean> => id === "alive";
    const alive = new SnapshotStore(join(home, "snapshots"), { id: "alive", isRunning });
    const dead = new SnapshotStore(join(home, "snapshots"), { id: "dead", isRunning });
    await dead.begin();
    const going = await alive.begin();
    await new SnapshotStore(join(home, "snapshots"), { id: "other", isRunning }).begin();
    const left = await readdir(join(home, "snapshots"));
    expect(left.filter((name) => name.includes("dead"))).toEqual([]);
    expect(left.some((name) => going.endsWith(name))).toBe(true);
  });
});

describe("a file that is not a whole snapshot", () => {
  const expectRefused = async (content: Buffer, message: RegExp): Promise<void> => {
    await writeFile(path, content);
    await expect(importSnapshot(path, "theirs", store, signal)).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringMatching(message),
    });
    expect((await readdir(join(home, "snapshots"))).filter((name) => name !== "kept")).toEqual([]);
  };

  it("with any flipped byte is refused, or is the same snapshot", async () => {
    const content = randomBytes(300);
    const kept = await keep(content);
    await exportSnapshot(kept, path, signal);
    const whole = await readFile(path);
    for (let at = 0; at < whole.length; at += 331) {
      const bad = Buffer.from(whole);
      bad[at] = (bad[at] ?? 0) ^ 0x20;
      await writeFile(path, bad);
      const outcome = await importSnapshot(path, "theirs", store, signal).catch(
        (error: unknown) => error as { code?: string },
      );
      if ("document" in outcome) {
        expect((await contentOf(outcome)).equals(content), `byte ${at}`).toBe(true);
        expect(outcome.document).toEqual(kept.document);
        await store.delete("theirs");
      } else expect([at, outcome.code]).toEqual([at, "INVALID_INPUT"]);
    }
  });

  it("cut short anywhere is refused, save for the zeros that end a tar", async () => {
    expect.hasAssertions();
    const content = randomBytes(3000);
    await exportSnapshot(await keep(content), path, signal);
    const whole = await readFile(path);
    const end = whole.findLastIndex((byte) => byte !== 0) + 1;
    for (let length = 100; length < end; length += 509)
      await expectRefused(
        whole.subarray(0, length),
        length < 512 ? /is not a snapshot/ : /cut short|incomplete|is not a snapshot/,
      );
    await writeFile(path, whole.subarray(0, -512));
    expect(await contentOf(await importSnapshot(path, "theirs", store, signal))).toEqual(content);
  });

  it("that is something else is refused", async () => {
    await store.begin().then((layout) => store.discard(layout));
    await expectRefused(Buffer.alloc(0), /is empty/);
    await expectRefused(Buffer.from("text".repeat(500)), /is not a snapshot/);
    await expectRefused(await tar([[{ name: "a" }, "b"]]), /is not a snapshot/);
    await expect(
      importSnapshot(join(home, "none.tar"), undefined, store, signal),
    ).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("of a newer format is refused by its number", async () => {
    expect.hasAssertions();
    const layout = await store.begin();
    const blob = await writeBlob(layout, Readable.from(["x"]), signal);
    const newer = documentWith(blob, { version: 2 });
    await sealSnapshot(layout, newer, []);
    await exportSnapshot({ layout } as StoredSnapshot, path, signal);
    await store.discard(layout);
    await expectRefused(await readFile(path), /has format 2; this k3d knows 1/);
  });

  it.each([
    ["a path that leads elsewhere", { path: "/data/../etc" }],
    ["a digest that is a path", { digest: "sha256:../../../../etc/passwd" }],
    ["a size that is none", { size: -1 }],
    ["another size than its blob has", { size: 1000 }],
    ["data of no node", { node: "other" }],
  ])("with %s is refused", async (_what, changes) => {
    expect.hasAssertions();
    const layout = await store.begin();
    const blob = await writeBlob(layout, Readable.from(["x"]), signal);
    const document = documentWith(blob);
    document.data = document.data.map((part) => ({ ...part, ...changes }));
    await sealSnapshot(layout, document, []);
    await exportSnapshot({ layout } as StoredSnapshot, path, signal);
    await store.discard(layout);
    await expectRefused(await readFile(path), /is damaged/);
  });

  it("whose entries have paths that lead elsewhere writes nothing there", async () => {
    const evil = Buffer.from("evil");
    const digest = createHash("sha256").update(evil).digest("hex");
    const archive = await tar([
      [{ name: "oci-layout" }, "{}"],
      [{ name: "../../escaped" }, "evil"],
      [{ name: `blobs/sha256/${digest}` }, "evil"],
    ]);
    await expectRefused(archive, /is not a snapshot/);
    expect(await readdir(home)).not.toContain("escaped");
  });
});

describe("data that is not what it says", () => {
  const blobOf = async (content: Buffer): Promise<{ layout: string; blob: WrittenBlob }> => {
    const layout = await store.begin();
    return { layout, blob: await writeBlob(layout, Readable.from([content]), signal) };
  };
  const read = (layout: string, blob: WrittenBlob): Promise<Buffer> =>
    buffer(readBlob(layout, blob, "kept"));

  it("and unpacks to more than that ends there", async () => {
    const { layout, blob } = await blobOf(Buffer.alloc(5_000_000));
    expect(blob.size).toBeLessThan(5000);
    let seen = 0;
    const reading = (async () => {
      for await (const chunk of readBlob(layout, { ...blob, unpackedSize: 1000 }, "kept"))
        seen += (chunk as Buffer).length;
    })();
    await expect(reading).rejects.toMatchObject({
      message: expect.stringMatching(/more than declared/),
    });
    expect(seen).toBeLessThanOrEqual(1000);
  });

  it("and unpacks to less, or is another blob, fails", async () => {
    const { layout, blob } = await blobOf(Buffer.from("content"));
    await expect(read(layout, { ...blob, unpackedSize: 8 })).rejects.toThrow(/cut short/);
    const file = blobPath(layout, blob.digest);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, -1));
    await expect(read(layout, blob)).rejects.toMatchObject({ code: "INVALID_INPUT" });
    await writeFile(file, "no zstd at all");
    await expect(read(layout, { ...blob, size: 14 })).rejects.toMatchObject({
      code: "INVALID_INPUT",
    });
  });
});

describe("entries of a node's data", () => {
  it.each<[string, Partial<Header>, boolean]>([
    ["data/db/state.db", {}, true],
    ["data", { type: "directory" }, true],
    ["data/../etc/passwd", {}, false],
    ["/data/x", {}, false],
    ["etc/passwd", {}, false],
    ["data/link", { type: "symlink", linkname: "db" }, true],
    ["data/link", { type: "symlink", linkname: "../../etc" }, false],
    ["data/link", { type: "link", linkname: "etc/passwd" }, false],
    ["data/device", { type: "block-device" }, false],
    ["data/pipe", { type: "fifo" }, false],
    ["data/x", { pax: { mtime: "1.5", path: "data/x" } }, true],
    ["data/x", { pax: { "GNU.sparse.name": "/etc/passwd" } }, false],
  ])("%s %o: %s", (name, more, expected) => {
    expect(isWithin("/data", { type: "file", ...more, name } as Header)).toBe(expected);
  });

  it("get their names from the root, also where pax records tell them", async () => {
    const pax = { path: "db/ä", mtime: "1.5" };
    const source = await tar([[{ name: "db/ä", pax }, "one"]]);
    const mapped = await mapEntries(Readable.from([source]), fromRoot("/data/db"));
    const again = await mapEntries(mapped, fromRoot("/again/data"));
    const reading = extract();
    again.pipe(reading);
    for await (const entry of reading) {
      expect(entry.header.name).toBe("again/data/db/ä");
      expect(await buffer(entry)).toEqual(Buffer.from("one"));
    }
  });

  it("flow through renamed, and a failure of the choice ends the reading", async () => {
    const source = await tar([
      [{ name: "a" }, "one"],
      [{ name: "b" }, "two"],
    ]);
    const mapped = await mapEntries(Readable.from([source]), (header) =>
      header.name === "a" ? { ...header, name: "x/a" } : undefined,
    );
    const names: string[] = [];
    const reading = extract();
    mapped.pipe(reading);
    for await (const entry of reading) {
      names.push(entry.header.name);
      entry.resume();
    }
    expect(names).toEqual(["x/a"]);
    const failing = await mapEntries(Readable.from([source]), () => {
      throw new Error("not this");
    });
    await expect(buffer(failing)).rejects.toThrow("not this");
  });
});
