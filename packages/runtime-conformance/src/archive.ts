import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { extract, pack, type Header } from "tar-stream";

export interface ArchiveEntry extends Partial<Omit<Header, "name">> {
  name: string;
  content?: string;
}

/** A tar stream of small entries. */
export function tarOf(entries: ArchiveEntry[]): Readable {
  const archive = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) archive.entry(header);
    else archive.entry(header, content);
  }
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

/** A tar stream of one file of zeros, made as it is read. */
export function tarOfZeros(name: string, size: number): Readable {
  const archive = pack();
  const entry = archive.entry({ name, size });
  const source = zeros(size);
  source.pipe(entry);
  source.on("end", () => archive.finalize());
  return Readable.from(archive, { objectMode: false });
}

/** A stream of zeros. */
export function zeros(size: number): Readable {
  const chunk = Buffer.alloc(64 * 1024);
  return Readable.from(
    (function* generate() {
      for (let left = size; left > 0; left -= chunk.length)
        yield left < chunk.length ? chunk.subarray(0, left) : chunk;
    })(),
    { objectMode: false },
  );
}

/** All entries of a tar stream. */
export async function readTar(
  archive: Readable,
): Promise<Map<string, { header: Header; content: string }>> {
  const extraction = extract();
  const entries = new Map<string, { header: Header; content: string }>();
  archive.on("error", (error) => extraction.destroy(error));
  archive.pipe(extraction);
  for await (const entry of extraction) {
    entries.set(entry.header.name.replace(/\/$/, ""), {
      header: entry.header,
      content: await text(entry),
    });
  }
  return entries;
}
