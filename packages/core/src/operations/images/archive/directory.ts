import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { nodeStreamOf, quietly } from "../../../runtime/index.js";
import { FILES } from "./documents.js";

const BLOBS = join("blobs", "sha256");

/** Whether a directory is an OCI image layout. */
export async function isLayoutDirectory(directory: string): Promise<boolean> {
  const found = await stat(join(directory, FILES.layout)).catch(() => undefined);
  return found?.isFile() === true;
}

/** An OCI image layout directory as an archive, to be imported as one. Reading fails if a file cannot be read. */
export async function layoutArchive(directory: string): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const blobs = await readdir(join(directory, BLOBS));
  const top = [FILES.layout, FILES.index, FILES.docker];
  const present = new Set(await readdir(directory));
  const files = [
    ...top.filter((name) => present.has(name)),
    ...blobs.toSorted().map((name) => join(BLOBS, name)),
  ];
  const archive = pack();
  const output = nodeStreamOf(archive);
  void (async () => {
    try {
      for (const name of files) {
        const path = join(directory, name);
        const found = await stat(path);
        if (!found.isFile()) continue;
        await pipeline(createReadStream(path), quietly(archive.entry({ name, size: found.size })));
      }
      archive.finalize();
    } catch (error) {
      output.destroy(error as Error);
    }
  })();
  return output;
}
