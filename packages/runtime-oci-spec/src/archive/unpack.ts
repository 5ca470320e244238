import { createWriteStream } from "node:fs";
import {
  chmod,
  chown,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  rm,
  symlink,
  utimes,
} from "node:fs/promises";
import { posix } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Extract, Header } from "tar-stream";
import { abortError, isK3dError, K3dError } from "@k3d/core/runtime";
import { run } from "../host/run.ts";
import { errorCode, ignoreMissing } from "../host/json-file.ts";
import type { ContainerTree } from "./tree.ts";

/**
 * Unpacks a tar stream into a directory of a container's tree.
 *
 * Every entry's place is looked up within the tree, so that no link in the
 * container or in the archive leads out of it; that is why it is not left to
 * `tar`, which knows the host's root only. Owners, modes and times are kept,
 * extended attributes are not.
 *
 * @throws `NOT_FOUND` when the directory is not there, `INVALID_INPUT` for what is no tar stream, `ABORTED`.
 */
export async function unpackInto(
  tree: ContainerTree,
  directory: string,
  archive: Readable,
  signal?: AbortSignal,
): Promise<void> {
  const base = await tree.resolve(directory);
  const stat = await lstat(base.hostPath).catch(ignoreMissing);
  if (!stat?.isDirectory())
    throw new K3dError("NOT_FOUND", `${directory} is not a directory in the container`);
  const { extract } = await import("tar-stream");
  const entries = extract();
  const feeding = pipeline(archive, entries, { signal });
  // Its failure ends the loop below, which then throws it.
  feeding.catch(() => undefined);
  const times: { hostPath: string; mtime: Date }[] = [];
  try {
    for await (const entry of entries) {
      const placed = await place(tree, base.path, entry, signal);
      if (placed && entry.header.mtime) times.push({ hostPath: placed, mtime: entry.header.mtime });
    }
    await feeding;
  } catch (error) {
    if (signal?.aborted) throw abortError(signal);
    if (!isK3dError(error) && isNoSystemError(error)) {
      throw new K3dError("INVALID_INPUT", "The archive is not a tar stream", { cause: error });
    }
    if (errorCode(error) === "ENOSPC")
      throw new K3dError("NO_SPACE", `No space is left for files in ${directory}`, {
        cause: error,
      });
    throw error;
  }
  // Afterwards and backwards: filling a directory changes its time.
  for (const { hostPath, mtime } of times.toReversed()) await lutimes(hostPath, mtime, mtime);
}

/** What streams say of their source, such as `ERR_STREAM_PREMATURE_CLOSE`, or of their content. */
function isNoSystemError(error: unknown): boolean {
  return errorCode(error)?.startsWith("ERR_") ?? true;
}

type Entry = Extract extends AsyncIterable<infer Source> ? Source : never;

/** @returns where the entry was put, for its time; `undefined` for entries that have none. */
async function place(
  tree: ContainerTree,
  base: string,
  entry: Entry,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { header } = entry;
  const name = posix.join("/", header.name);
  const parent = await tree.resolve(posix.join(base, posix.dirname(name)));
  const isBase = name === "/";
  const path = isBase ? base : posix.join(parent.path, posix.basename(name));
  const hostPath = tree.hostPath(path);
  if (!isBase) await mkdir(parent.hostPath, { recursive: true });
  if (header.type === "directory") {
    entry.resume();
    return await makeDirectory(tree, path, header);
  }
  if (header.type === "file" || header.type === "contiguous-file") {
    await clear(hostPath);
    await pipeline(entry, createWriteStream(hostPath, { mode: 0o600 }), { signal });
    await own(hostPath, header);
    return hostPath;
  }
  entry.resume();
  await clear(hostPath);
  return await makeSpecial(tree, base, hostPath, header);
}

async function makeDirectory(tree: ContainerTree, path: string, header: Header): Promise<string> {
  const existing = await tree.resolve(path);
  const stat = await lstat(existing.hostPath).catch(ignoreMissing);
  if (!stat?.isDirectory()) {
    await clear(existing.hostPath);
    await mkdir(existing.hostPath);
  }
  await own(existing.hostPath, header);
  return existing.hostPath;
}

async function makeSpecial(
  tree: ContainerTree,
  base: string,
  hostPath: string,
  header: Header,
): Promise<string | undefined> {
  switch (header.type) {
    case "symlink":
      await symlink(header.linkname ?? "", hostPath);
      await lchown(hostPath, header.uid ?? 0, header.gid ?? 0);
      return hostPath;
    case "link": {
      const target = await tree.resolve(posix.join(base, header.linkname ?? ""), {
        followLast: false,
      });
      await link(target.hostPath, hostPath);
      return undefined;
    }
    case "character-device":
    case "block-device":
      await run("mknod", [
        hostPath,
        header.type === "block-device" ? "b" : "c",
        String(header.devmajor ?? 0),
        String(header.devminor ?? 0),
      ]);
      break;
    case "fifo":
      await run("mkfifo", [hostPath]);
      break;
    default:
      throw new K3dError(
        "INVALID_INPUT",
        `Archive entry ${header.name} is of a type that cannot be unpacked`,
      );
  }
  await own(hostPath, header);
  return hostPath;
}

/** Makes room. What is mounted cannot be removed: a file is then written in place. */
async function clear(hostPath: string): Promise<void> {
  const stat = await lstat(hostPath).catch(ignoreMissing);
  if (!stat) return;
  await rm(hostPath, { recursive: stat.isDirectory(), force: true }).catch((error: unknown) => {
    if (errorCode(error) !== "EBUSY" || stat.isDirectory()) throw error;
  });
}

/** The owner first: changing it clears the set-user-id bit. */
async function own(hostPath: string, header: Header): Promise<void> {
  await chown(hostPath, header.uid ?? 0, header.gid ?? 0);
  await chmod(hostPath, (header.mode ?? 0o644) & 0o7777);
  if (header.mtime) await utimes(hostPath, header.mtime, header.mtime);
}
