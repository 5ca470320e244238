import { Readable } from "node:stream";
import { extract, pack, type Header } from "tar-stream";
import { describe, expect, it } from "vitest";
import { changedHeader } from "./tar-header.js";

/** What a reader finds of an entry that was written with this header. */
async function written(header: Header, content = ""): Promise<Header> {
  const archive = pack();
  archive.entry(header, content);
  archive.finalize();
  const reading = extract();
  Readable.from(archive).pipe(reading);
  for await (const entry of reading) {
    entry.resume();
    return entry.header;
  }
  throw new Error("no entry");
}

describe("a changed header", () => {
  const pax = {
    path: "old/ä",
    linkpath: "old/target",
    size: "7",
    uid: "5000000",
    gid: "6000000",
    mtime: "1700000000.5",
    "SCHILY.xattr.user.kept": "yes",
  };
  const read = { name: "old/ä", type: "file", size: 0, uid: 0, gid: 0, pax } as Header;

  it("is what a reader of the entry finds", async () => {
    const found = await written(changedHeader(read, { name: "new/ü", linkname: "new/target" }));
    expect([found.name, found.linkname]).toEqual(["new/ü", "new/target"]);
    const long = `${"long/".repeat(60)}name`;
    expect((await written(changedHeader(read, { name: long, size: 3 }), "abc")).name).toBe(long);
  });

  it("keeps records of what is not changed, and only those", () => {
    const { path, linkpath, size, uid, gid, ...others } = pax;
    expect(changedHeader(read, { name: "new" }).pax).toEqual({
      linkpath,
      size,
      uid,
      gid,
      ...others,
    });
    expect(changedHeader(read, { uid: 1, gid: 2 }).pax).toEqual({
      path,
      linkpath,
      size,
      ...others,
    });
    expect(changedHeader({ name: "a" } as Header, { name: "b" })).toEqual({ name: "b" });
  });

  it("leaves the header that was read alone", () => {
    changedHeader(read, { name: "new" });
    expect(read.pax).toBe(pax);
    expect(pax.path).toBe("old/ä");
  });
});
