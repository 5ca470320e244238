import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { pack } from "tar-stream";
import { archiveError, tarStream } from "./tar-stream.js";

async function tar(size = 10_000): Promise<Buffer> {
  const archive = pack();
  archive.entry({ name: "manifest.json" }, Buffer.alloc(size, "m"));
  archive.finalize();
  return buffer(archive);
}

/** In pieces, as a pipe brings them. */
function stream(content: Buffer, piece = 100): Readable {
  const pieces: Buffer[] = [];
  for (let at = 0; at < content.length; at += piece) pieces.push(content.subarray(at, at + piece));
  return Readable.from(pieces, { objectMode: false });
}

describe("tarStream", () => {
  it.each([
    ["as it is", (content: Buffer) => content],
    ["unpacked from gzip", (content: Buffer) => gzipSync(content)],
    ["unpacked from zstd", (content: Buffer) => zstdCompressSync(content)],
  ])("is the archive %s", async (_, compress) => {
    const content = await tar();
    for (const piece of [1, 511, 512, 65_536]) {
      const plain = await tarStream(stream(compress(content), piece), "app.tar");
      expect((await buffer(plain)).equals(content)).toBe(true);
    }
  });

  it.each([
    ["is empty", Buffer.alloc(0), "Archive app.tar is empty"],
    ["is text", Buffer.from("FROM scratch\n".repeat(100)), "app.tar is not an image archive"],
    ["is short", Buffer.from("x"), "app.tar is not an image archive"],
    ["is compressed text", gzipSync(Buffer.alloc(2000, "x")), "app.tar is not an image archive"],
    ["is compressed with xz", Buffer.from("fd377a585a000004", "hex"), "compressed with xz"],
    ["is compressed with bzip2", Buffer.from("BZh91AY&SY"), "compressed with bzip2"],
    ["is damaged at once", Buffer.from("1f8b0800ffffffffffff", "hex"), "is damaged"],
  ])("refuses what %s", async (_, content, message) => {
    const raw = stream(content);
    await expect(tarStream(raw, "app.tar")).rejects.toMatchObject({
      code: "INVALID_INPUT",
      message: expect.stringContaining(message),
    });
    expect(raw.destroyed).toBe(true);
  });

  it("tells damage that shows later in words of its own", async () => {
    const cut = gzipSync(await tar(1_000_000), { level: 0 }).subarray(0, 500_000);
    const plain = await tarStream(stream(cut, 65_536), "app.tar.gz");
    const error = await buffer(plain).then(
      () => undefined,
      (reason: unknown) => archiveError(reason, "app.tar.gz"),
    );
    expect(error).toMatchObject({
      code: "INVALID_INPUT",
      message: "Archive app.tar.gz is damaged: unexpected end of file",
    });
  });
});
