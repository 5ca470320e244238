import { constants, existsSync } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { K3dError, isK3dError, throwIfAborted } from "../errors/index.js";
import { monotonicMs } from "../model/clock.js";
import {
  isDiskFull,
  REASONS,
  isSpecialFile,
  linkTarget,
  makeDirectories,
  pause,
  writeFileSafely,
} from "../files/index.js";
import { KubeconfigDocument } from "./document.js";

/**
 * Kubeconfig files, injected so that tests and other platforms can bring
 * their own. Every change is made under a lock that kubectl respects too.
 */
export interface KubeconfigStore {
  /** Every file of `KUBECONFIG`, else `~/.kube/config` alone. */
  readonly paths: readonly string[];
  /**
   * The file that is written: the first of {@link paths} that exists, else the first one, as
   * client-go does (`ClientConfigLoadingRules.GetDefaultFilename`).
   */
  readonly defaultPath: string;
  exists(path: string): Promise<boolean>;
  /** The file as it is, an empty one where there is none; takes no lock. @throws `INVALID_CONFIG`. */
  read(path: string): Promise<KubeconfigDocument>;
  /**
   * Finds out whether {@link update} could work, and changes nothing.
   *
   * @throws `LOCKED`, `INVALID_CONFIG`, `ABORTED`.
   */
  check(path: string, options?: { signal?: AbortSignal | undefined }): Promise<void>;
  /**
   * Reads the file, lets `change` edit it, and writes it when that returns `true`: a regular file
   * is replaced at once and readable for its owner alone, a device or pipe (`/dev/null`) gets the
   * entries as a file of their own.
   *
   * @throws `LOCKED`, `INVALID_CONFIG`, `NO_SPACE`, `ABORTED`.
   */
  update(
    path: string,
    change: (document: KubeconfigDocument) => boolean,
    options?: UpdateOptions,
  ): Promise<void>;
}

/** How a kubeconfig is changed. */
export interface UpdateOptions {
  /** Begin with an empty file, whatever is there. */
  fresh?: boolean;
  /** Ends the wait for a lock or for the reader of a pipe. */
  signal?: AbortSignal | undefined;
}

/** @param env only `KUBECONFIG` is read. */
export function fileKubeconfigStore(
  env: Readonly<Record<string, string | undefined>>,
  homeDir: string,
): KubeconfigStore {
  const listed = (env["KUBECONFIG"] ?? "")
    .split(process.platform === "win32" ? ";" : ":")
    .filter(Boolean);
  const fallback = join(homeDir, ".kube", "config");
  const paths = listed.length === 0 ? [fallback] : [...new Set(listed)];
  return {
    paths,
    get defaultPath() {
      return paths.find((path) => existsSync(path)) ?? paths[0] ?? fallback;
    },
    exists,
    read: readDocument,
    check,
    update: updateFile,
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function readDocument(path: string): Promise<KubeconfigDocument> {
  try {
    return await KubeconfigDocument.parse((await textOf(path)) ?? "", path);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The file's text. Nothing is read from a device or a pipe: that may wait for ever. */
async function textOf(path: string): Promise<string | undefined> {
  if (await isSpecialFile(path)) {
    if ((await stat(path)).isDirectory()) throw new Error("it is a directory");
    return undefined;
  }
  return readFile(path, "utf8").catch(absent);
}

async function check(
  path: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<void> {
  await readDocument(path);
  if (await isSpecialFile(path)) return;
  try {
    const target = await linkTarget(resolve(path));
    const directory = await existingDirectory(dirname(target));
    if (directory === dirname(target)) await (await lock(target, signal))();
    else await access(directory, constants.W_OK);
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The directory, or the first one above it that is there. */
async function existingDirectory(path: string): Promise<string> {
  return (await exists(path)) || dirname(path) === path ? path : existingDirectory(dirname(path));
}

async function updateFile(
  path: string,
  change: (document: KubeconfigDocument) => boolean,
  { fresh = false, signal }: UpdateOptions = {},
): Promise<void> {
  try {
    const write = async (text: string | undefined): Promise<void> => {
      const document = await KubeconfigDocument.parse(text ?? "", path);
      if (!change(document)) return;
      await writeFileSafely(path, document.toString(), { secret: true, signal });
    };
    if (await isSpecialFile(path)) return await write(await textOf(path));
    const target = await linkTarget(resolve(path));
    await makeDirectories(dirname(target), { mode: 0o700 });
    const unlock = await lock(target, signal);
    try {
      await write(fresh ? "" : await textOf(target));
    } finally {
      await unlock();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** How long to try for a lock that another process holds, and the pauses between two tries, in milliseconds. */
const LOCK_LIMIT_MS = 12_000;
const LOCK_PAUSE_MS = { shortest: 25, longest: 250 };

/**
 * `<file>.lock` is also what client-go takes before it changes a kubeconfig. There is none where
 * only the file, but not its directory may be written.
 */
async function lock(target: string, signal: AbortSignal | undefined): Promise<() => Promise<void>> {
  const mayLock = await access(dirname(target), constants.W_OK).then(
    () => true,
    async (error: unknown) => {
      // Otherwise the lock would be tried for again and again.
      await access(target, constants.W_OK).catch(() => {
        throw error;
      });
      return false;
    },
  );
  if (!mayLock) return async () => {};
  const { default: lockfile } = await import("proper-lockfile");
  const end = monotonicMs() + LOCK_LIMIT_MS;
  for (let wait = LOCK_PAUSE_MS.shortest; ; wait = Math.min(wait * 1.2, LOCK_PAUSE_MS.longest)) {
    throwIfAborted(signal);
    try {
      return await lockfile.lock(target, {
        realpath: false,
        stale: 15_000,
        // Its default throws outside of any call when the machine slept meanwhile.
        onCompromised: () => {},
      });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== "ELOCKED" && code !== "ENOTDIR") throw error;
      if (monotonicMs() > end) throw locked(target, error);
      // Spread, so that many who wait do not come at once.
      await pause(wait * (1 + Math.random()), signal);
    }
  }
}

function locked(target: string, cause: unknown): K3dError {
  return new K3dError("LOCKED", `'${target}' is locked by another process`, {
    hint: `Try again; if no other k3d or kubectl is running, remove '${target}.lock'.`,
    cause,
  });
}

function absent(error: Error): undefined {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
}

function fileError(error: unknown, path: string): unknown {
  if (isK3dError(error)) return error;
  if (isDiskFull(error)) {
    return new K3dError("NO_SPACE", `No space left to write kubeconfig '${path}'`, {
      hint: "Free some space; the old file is unchanged.",
      cause: error,
    });
  }
  return new K3dError(
    "INVALID_CONFIG",
    `Kubeconfig '${path}' cannot be changed: ${REASONS[(error as NodeJS.ErrnoException).code ?? ""] ?? (error as Error).message}`,
    {
      hint: "Check the path and its permissions, or name another file with --output or KUBECONFIG.",
      cause: error,
    },
  );
}
