import { createReadStream, createWriteStream, type Stats } from "node:fs";
import { chmod, chown, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { refuseUnwritable, writeToSpecial } from "./special-file.js";
import { codeOf, ifMissing, linkTarget, NO_REPLACEMENT } from "./target.js";

export interface LargeFileOptions {
  /** What the name of the directory of its parts begins with. */
  prefix: string;
  /** Mode of a file that is new. One that is there keeps its own, but grants no more than this. */
  mode: number;
  signal: AbortSignal;
}

/**
 * Writes a file that is too large for memory: `make` writes it in a directory for the user alone,
 * where it may put other files beside it. Then it comes to its place as {@link writeFileSafely}
 * would put it there: links stay, devices and pipes are written to as they are, what can only be written
 * in place is.
 *
 * @returns what `make` returned
 * @throws K3dError `INVALID_INPUT`, before anything is made, for what cannot be written; errors of
 * the system as they are
 */
export async function writeLargeFile<T>(
  path: string,
  make: (file: string) => Promise<T>,
  { prefix, mode, signal }: LargeFileOptions,
): Promise<T> {
  const present = await stat(path).catch(ifMissing);
  if (present !== undefined) refuseUnwritable(path, present);
  const isSpecial = present !== undefined && !present.isFile();
  const target = isSpecial ? path : await linkTarget(resolve(path));
  const directory = await mkdtemp(join(isSpecial ? tmpdir() : dirname(target), prefix));
  const made = join(directory, "file");
  try {
    const result = await make(made);
    if (isSpecial) await writeToSpecial(path, createReadStream(made), present, signal);
    else await putInPlace(made, target, { present, mode, signal });
    return result;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

interface Placing extends Pick<LargeFileOptions, "mode" | "signal"> {
  present: Stats | undefined;
}

async function putInPlace(
  made: string,
  target: string,
  { present, mode, signal }: Placing,
): Promise<void> {
  if (present === undefined) return rename(made, target);
  const granted = present.mode & 0o777 & mode;
  if (present.nlink === 1 && (await replaces(made, target, present, granted))) return;
  // Another's file on another's terms: who may read it is not for us to change then.
  await chmod(target, granted).catch(() => {});
  await pipeline(createReadStream(made), createWriteStream(target), { signal });
}

/** Puts a file in the place of another one, of which it gets owner and mode. @returns whether the system allows that. */
async function replaces(made: string, target: string, old: Stats, mode: number): Promise<boolean> {
  try {
    const { uid, gid } = await stat(made);
    if (uid !== old.uid || gid !== old.gid) await chown(made, old.uid, old.gid);
    await chmod(made, mode);
    await rename(made, target);
    return true;
  } catch (error) {
    if (NO_REPLACEMENT.has(codeOf(error))) return false;
    throw error;
  }
}
