import { Readable } from "node:stream";
import { pack as createPack, extract as createExtract, type Header } from "tar-stream";
import { describe, expect, it } from "vitest";
import { splitArchive, withBaseName } from "./archive-entries.js";

type Entry = Pick<Header, "name"> & Partial<Header> & { content?: string };

function archive(...members: Entry[]): Readable {
  const pack = createPack();
  for (const { content, ...header } of members) pack.entry(header, content ?? "");
  pack.finalize();
  return Readable.from(pack);
}

async function entries(stream: Readable): Promise<Record<string, unknown>[]> {
  const extract = createExtract();
  stream.pipe(extract);
  const found: Record<string, unknown>[] = [];
  for await (const entry of extract) {
    const { name, mode, uid, gid, type, linkname } = entry.header;
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks).toString();
    found.push({ name, mode, uid, gid, type, linkname, content });
  }
  return found;
}

describe("splitArchive", () => {
  const options = { base: "/", mounts: ["/data/deep/inner", "/data/deep"] };

  it("brings each entry to the mounted directory that it belongs to", async () => {
    const parts: Record<string, Record<string, unknown>[]> = {};
    await splitArchive(
      archive(
        { name: "etc/a", mode: 0o600, uid: 3, gid: 4, content: "A" },
        { name: "data/deep/", type: "directory", mode: 0o711 },
        { name: "./data/deep/b", content: "B".repeat(100_000) },
        { name: "/data/deep/inner/c", type: "symlink", linkname: "/etc/a" },
        { name: "data/deeper/d", content: "D" },
      ),
      {
        ...options,
        put: async (directory, content) => {
          parts[directory] = await entries(content);
        },
      },
    );
    expect(Object.keys(parts).toSorted()).toEqual(["/", "/data/deep", "/data/deep/inner"]);
    expect(parts["/"]).toMatchObject([
      { name: "etc/a", mode: 0o600, uid: 3, gid: 4, content: "A" },
      { name: "data/deeper/d", content: "D" },
    ]);
    expect(parts["/data/deep"]).toMatchObject([
      { name: ".", type: "directory", mode: 0o711 },
      { name: "b", content: "B".repeat(100_000) },
    ]);
    expect(parts["/data/deep/inner"]).toMatchObject([
      { name: "c", type: "symlink", linkname: "/etc/a" },
    ]);
  });

  it("brings them there under their new names, whatever pax records say", async () => {
    const parts: Record<string, Record<string, unknown>[]> = {};
    const pax = { path: "data/deep/ä", mtime: "1700000000.25" };
    await splitArchive(archive({ name: "data/deep/ä", pax, content: "A" }), {
      ...options,
      put: async (directory, content) => {
        parts[directory] = await entries(content);
      },
    });
    expect(parts).toMatchObject({ "/data/deep": [{ name: "ä", content: "A" }] });
  });

  it("fails with the error of a part", async () => {
    const put = async (directory: string, content: Readable): Promise<void> => {
      if (directory === "/") throw new Error("disk full");
      content.resume();
    };
    const content = archive(
      { name: "etc/a", content: "A".repeat(300_000) },
      { name: "data/deep/b" },
    );
    await expect(splitArchive(content, { ...options, put })).rejects.toThrow("disk full");
  });

  it("fails with the error of the archive", async () => {
    const put = async (_directory: string, content: Readable): Promise<void> => {
      await content.toArray();
    };
    const broken = Readable.from([Buffer.alloc(512, "x")]);
    await expect(splitArchive(broken, { ...options, put })).rejects.toThrow("Invalid tar header");
  });
});

describe("withBaseName", () => {
  it("puts a directory name before all others, also of hard links", async () => {
    const stream = withBaseName(
      archive(
        { name: "/", type: "directory" },
        { name: "/sub/a", content: "A", pax: { path: "/sub/a", mtime: "1.5" } },
        { name: "/hard", type: "link", linkname: "/sub/a", pax: { linkpath: "/sub/a" } },
        { name: "/soft", type: "symlink", linkname: "/sub/a" },
      ),
      "data",
    );
    expect(await entries(stream)).toMatchObject([
      { name: "data/" },
      { name: "data/sub/a", content: "A" },
      { name: "data/hard", linkname: "data/sub/a" },
      { name: "data/soft", linkname: "/sub/a" },
    ]);
  });
});
