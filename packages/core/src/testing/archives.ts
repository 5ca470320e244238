import { posix } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { nodeStreamOf } from "../runtime/archive.js";
import { quietly } from "../runtime/quietly.js";
import { K3dError } from "../errors/index.js";
import { normalise, type MemoryFiles } from "./files.js";

/** Unpacks a tar stream below `path`. */
export async function unpack(files: MemoryFiles, path: string, archive: Readable): Promise<void> {
  const { extract } = await import("tar-stream");
  const extraction = extract();
  const reading = (async () => {
    for await (const entry of extraction) {
      const {
        name,
        type,
        mode = 0o644,
        uid = 0,
        gid = 0,
        mtime = new Date(),
        linkname,
      } = entry.header;
      const target = normalise(posix.join(path, name));
      const data = await buffer(entry);
      const common = { mode, uid, gid, mtime };
      if (type === "directory") files.set(target, { type: "directory", data, ...common });
      else if (type === "symlink")
        files.set(target, { type: "symlink", data, target: linkname ?? "", ...common });
      else if (type === "link")
        files.set(
          target,
          files.get(posix.join(path, linkname ?? "")) ?? { type: "file", data, ...common },
        );
      else files.set(target, { type: "file", data, ...common });
    }
  })();
  try {
    await Promise.all([pipeline(archive, extraction), reading]);
  } catch (error) {
    throw new K3dError(
      "INVALID_INPUT",
      `Cannot unpack the archive into ${path}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Packs what is at `path`; entry names begin with its last part. */
export async function packTree(
  files: MemoryFiles,
  path: string,
  withOwners: boolean,
): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const top = normalise(path);
  const parent = posix.dirname(top);
  const entries = [...files.walk(top)];
  const writing = (async () => {
    for (const [entryPath, file] of entries) {
      const name = posix.relative(parent, entryPath) || ".";
      const { mode, uid, gid, mtime } = file;
      const header = {
        name,
        mode,
        uid: withOwners ? uid : 0,
        gid: withOwners ? gid : 0,
        mtime,
        type: file.type,
        linkname: file.target,
      };
      await new Promise<void>((resolve, reject) => {
        const done = (error?: Error | null): void => (error ? reject(error) : resolve());
        if (file.type === "file") quietly(archive.entry(header, file.data, done));
        else quietly(archive.entry(header, done));
      });
    }
    archive.finalize();
  })();
  writing.catch((error: unknown) => archive.destroy(error as Error));
  return nodeStreamOf(archive);
}
