import { PassThrough, pipeline, type Readable } from "node:stream";
import type { Pack } from "tar-stream";
import { K3dError } from "../errors/index.js";
import type { ContainerFile } from "./container-file.js";
import { quietly } from "./quietly.js";

/**
 * A tar stream of files with absolute paths, to be unpacked at `/`. Missing
 * directories are part of it; owner is root.
 */
export async function packFiles(files: readonly ContainerFile[]): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const directories = new Set<string>();
  for (const { path, content, mode } of files) {
    const parts = path.split("/").filter(Boolean);
    for (let depth = 1; depth < parts.length; depth++) {
      const directory = parts.slice(0, depth).join("/");
      if (SYSTEM_DIRECTORIES.has(directory) || directories.has(directory)) continue;
      directories.add(directory);
      quietly(archive.entry({ name: `${directory}/`, type: "directory", mode: 0o755 }));
    }
    quietly(archive.entry({ name: parts.join("/"), mode }, content));
  }
  archive.finalize();
  return nodeStreamOf(archive);
}

/** A tar stream of directories without anything in them, and of those above, to be unpacked at `/`. */
export async function packDirectories(paths: Iterable<string>): Promise<Readable> {
  const { pack } = await import("tar-stream");
  const archive = pack();
  const packed = new Set(SYSTEM_DIRECTORIES);
  for (const path of paths) {
    const parts = path.split("/").filter(Boolean);
    for (let depth = 1; depth <= parts.length; depth++) {
      const directory = parts.slice(0, depth).join("/");
      if (packed.has(directory)) continue;
      packed.add(directory);
      quietly(archive.entry({ name: `${directory}/`, type: "directory", mode: 0o755 }));
    }
  }
  archive.finalize();
  return nodeStreamOf(archive);
}

/** tar-stream's streams lack properties of Node's, which adapters may rely on. */
export function nodeStreamOf(archive: Pack): Readable {
  const output = new PassThrough();
  // Whoever reads the output learns of a failure from it.
  pipeline(quietly(archive), output, () => {});
  return output;
}

/** They exist in every image; an entry for them could change their mode, or replace a link by a directory. */
const SYSTEM_DIRECTORIES = new Set([
  "bin",
  "etc",
  "tmp",
  "usr",
  "var",
  "lib",
  "sbin",
  "opt",
  "root",
  "home",
  "run",
  "usr/bin",
  "var/run",
  "var/lib",
]);

/** The content of the only file in a tar stream. @throws `NOT_FOUND` when there is none. */
export async function unpackFile(archive: Readable, maxBytes = 4 * 1024 * 1024): Promise<Buffer> {
  const { extract } = await import("tar-stream");
  const unpack = extract();
  archive.on("error", (error) => unpack.destroy(error));
  archive.pipe(unpack);
  let content: Buffer | undefined;
  for await (const entry of unpack) {
    if (
      content === undefined &&
      (entry.header.type === "file" || entry.header.type === "contiguous-file")
    ) {
      if ((entry.header.size ?? 0) > maxBytes) {
        archive.destroy();
        throw new K3dError(
          "INVALID_INPUT",
          `File '${entry.header.name}' is larger than ${maxBytes} bytes`,
        );
      }
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      content = Buffer.concat(chunks);
    } else {
      entry.resume();
    }
  }
  if (content === undefined) throw new K3dError("NOT_FOUND", "The archive holds no file");
  return content;
}

/**
 * The files of a tar stream of a directory, by their paths below it. Links and what is larger than
 * `maxBytes` are left out.
 */
export async function unpackDirectory(
  archive: Readable,
  maxBytes = 1024 * 1024,
): Promise<Map<string, { content: Buffer; mode: number }>> {
  const { extract } = await import("tar-stream");
  const unpack = extract();
  archive.on("error", (error) => unpack.destroy(error));
  archive.pipe(unpack);
  const files = new Map<string, { content: Buffer; mode: number }>();
  for await (const entry of unpack) {
    const { name, type, size = 0, mode = 0o644 } = entry.header;
    const isFile = type === "file" || type === "contiguous-file";
    if (!isFile || size > maxBytes) {
      entry.resume();
      continue;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    // Entries begin with the directory's own name.
    const path = name.replace(/^(?:\.?\/)*[^/]+\//, "");
    files.set(path, { content: Buffer.concat(chunks), mode });
  }
  return files;
}
