import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a directory and those above it that are missing. Node's own `mkdir` with `recursive` never
 * ends where a file system says of a new directory that it does not exist, as `/proc` does.
 *
 * @param options `mode` of the directories that are made
 * @returns the topmost one that was made
 * @throws errors of the system as they are
 */
export async function makeDirectories(
  path: string,
  options: { mode?: number } = {},
): Promise<string | undefined> {
  const missing: string[] = [];
  for (let above = resolve(path); !(await isThere(above)); above = dirname(above)) {
    missing.unshift(above);
    if (above === dirname(above)) break;
  }
  // Says what stands in the way where it is no directory.
  if (missing.length === 0 && !(await isDirectory(path))) await mkdir(path);
  let first: string | undefined;
  for (const directory of missing) {
    try {
      await mkdir(directory, options);
      first ??= directory;
    } catch (error) {
      // Somebody else was faster.
      if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !(await isDirectory(directory)))
        throw error;
    }
  }
  return first;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return false;
    throw error;
  }
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
