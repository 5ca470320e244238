import { randomBytes } from "node:crypto";
import type { Stats } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { throwIfAborted } from "../errors/index.js";
import { makeDirectories } from "./make-directories.js";
import { isDiskFull } from "./not-written.js";
import { writeToSpecial } from "./special-file.js";
import { codeOf, ifMissing, linkTarget, NO_REPLACEMENT } from "./target.js";

/** How {@link writeFileSafely} writes. */
export interface SafeWriteOptions {
  /** Readable for the user alone, also where an older file allowed more. Default: `false`. */
  secret?: boolean;
  /** Mode of a file that is new. Default: 0600 for a secret, else 0666 without the umask. */
  mode?: number;
  /** Replace what is there; otherwise that is an error of the system, `EEXIST`. Default: `true`. */
  replace?: boolean;
  /** Make the directories above that are missing, for the user alone. Default: `true`. */
  directories?: boolean;
  /** Ends the wait for a reader of a pipe. */
  signal?: AbortSignal | undefined;
}

/**
 * Writes a file whole.
 *
 * - A regular file is replaced at once by a new one of the same owner and mode; readers see the old
 *   or the new content. Symbolic links stay, dangling ones too. Where the system allows no
 *   replacement (a file that is a mount point, one with several names, one of another owner, a
 *   directory that may not be changed) it is overwritten, and restored when that fails. So it is on a full disk,
 *   where the file's own blocks have room: what frees the disk must be able to say so.
 * - A character device (`/dev/null`, a terminal) and a pipe with a reader are written to as they are.
 * - Directories, block devices, sockets and pipes without a reader are refused.
 *
 * @throws K3dError `INVALID_INPUT` for what is refused, `ABORTED`; errors of the system as they are
 */
export async function writeFileSafely(
  path: string,
  content: string,
  options: SafeWriteOptions = {},
): Promise<void> {
  throwIfAborted(options.signal);
  const present = await stat(path).catch(ifMissing);
  if (present !== undefined && options.replace === false && present.isFile()) throw exists(path);
  if (present !== undefined && !present.isFile())
    return writeToSpecial(path, [Buffer.from(content)], present, options.signal);
  const target = await linkTarget(resolve(path));
  if (options.directories !== false) await makeDirectories(dirname(target), { mode: 0o700 });
  if (present !== undefined && present.nlink > 1) return overwrite(target, content, options);
  if (present === undefined && options.replace === false) return create(target, content, options);
  await replace(target, content, present, options);
}

async function create(target: string, content: string, options: SafeWriteOptions): Promise<void> {
  const handle = await open(target, "wx", modeOf(options));
  try {
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

const modeOf = ({ secret, mode = 0o666 }: SafeWriteOptions): number => (secret ? 0o600 : mode);

/** Bytes of the blocks that `stat` counts. */
const BLOCK = 512;

async function replace(
  target: string,
  content: string,
  old: Stats | undefined,
  options: SafeWriteOptions,
): Promise<void> {
  const temporary = `${target}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", modeOf(options));
    try {
      if (old !== undefined) await takeOver(handle, old, options);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    if (old === undefined || !canOverwrite(error, old, content)) throw error;
    await overwrite(target, content, options);
  }
}

function canOverwrite(error: unknown, old: Stats, content: string): boolean {
  if (NO_REPLACEMENT.has(codeOf(error))) return true;
  return isDiskFull(error) && Buffer.byteLength(content) <= old.blocks * BLOCK;
}

/** Gives a new file the owner and mode of the one it replaces. @throws an `EPERM` where that needs other rights. */
async function takeOver(
  handle: FileHandle,
  old: Stats,
  { secret }: SafeWriteOptions,
): Promise<void> {
  const { uid, gid } = await handle.stat();
  if (uid !== old.uid || gid !== old.gid) await handle.chown(old.uid, old.gid);
  await handle.chmod(secret ? 0o600 : old.mode & 0o777);
}

/** Writes into the file that is there; its old content comes back when that fails half-way. */
async function overwrite(
  target: string,
  content: string,
  { secret }: SafeWriteOptions,
): Promise<void> {
  const handle = await open(target, "r+");
  try {
    // Another's file on another's terms: who may read it is not for us to change then.
    if (secret) await handle.chmod(0o600).catch(() => {});
    const before = await handle.readFile();
    try {
      await put(handle, Buffer.from(content));
    } catch (error) {
      await put(handle, before).catch(() => {});
      throw error;
    }
  } finally {
    await handle.close();
  }
}

async function put(handle: FileHandle, bytes: Buffer): Promise<void> {
  let written = 0;
  while (written < bytes.length)
    written += (await handle.write(bytes, written, bytes.length - written, written)).bytesWritten;
  await handle.truncate(bytes.length);
  await handle.sync();
}

function exists(path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`EEXIST: file already exists, open '${path}'`), {
    code: "EEXIST",
  });
}
