const { chmodSync, existsSync, lstatSync, mkdirSync, realpathSync } =
  process.getBuiltinModule("node:fs");
const { homedir } = process.getBuiltinModule("node:os");
const { dirname, isAbsolute, join } = process.getBuiltinModule("node:path");

/**
 * The directory for caches of the user: below XDG_CACHE_HOME, or where the platform has it. Relative
 * where the user's home is no absolute path.
 */
export function cacheHome({
  env = process.env,
  platform = process.platform,
  home = homedir,
}: { env?: NodeJS.ProcessEnv; platform?: string; home?: () => string } = {}): string {
  const named = platform === "win32" ? env.LOCALAPPDATA : env.XDG_CACHE_HOME;
  if (named && isAbsolute(named)) return named;
  if (platform === "win32") return join(home(), "AppData", "Local");
  return platform === "darwin" ? join(home(), "Library", "Caches") : join(home(), ".cache");
}

/**
 * Makes `k3d/compile` below a directory, for the caller alone: whoever can write there runs code as
 * the caller.
 *
 * @returns its path; `undefined` when `parent` is relative, when it cannot be made, or when somebody else could put files in
 * it: another owner, or a directory above that others may change
 */
export function privateCacheDirectory(
  parent: string,
  uid: number | undefined = process.geteuid?.(),
): string | undefined {
  if (!isAbsolute(parent)) return undefined;
  const own = join(parent, "k3d");
  const directory = join(own, "compile");
  try {
    makeDirectories(directory);
    if (uid === undefined) return directory;
    const real = realpathSync(directory);
    for (const path of [dirname(real), real]) {
      const { uid: owner, mode } = lstatSync(path);
      if (owner !== uid) return undefined;
      if ((mode & 0o077) !== 0) chmodSync(path, 0o700);
    }
    return isOutOfReach(dirname(dirname(real)), uid) ? real : undefined;
  } catch {
    return undefined;
  }
}

/** Not by `recursive`, which never ends where a file system takes no new directories, as /proc. */
function makeDirectories(path: string): void {
  if (existsSync(path)) return;
  const above = dirname(path);
  if (above !== path) makeDirectories(above);
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

/** Whether nobody but the user and root can replace what is in the directory. */
function isOutOfReach(path: string, uid: number): boolean {
  const { uid: owner, mode } = lstatSync(path);
  const isSticky = (mode & 0o1000) !== 0;
  if ((owner !== uid && owner !== 0) || ((mode & 0o022) !== 0 && !isSticky)) return false;
  const above = dirname(path);
  return above === path || isOutOfReach(above, uid);
}
