import { randomBytes } from "node:crypto";
import {
  access,
  chmod,
  constants,
  lstat,
  mkdir,
  open,
  readFile,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { K3dError, isK3dError } from "../errors/index.js";
import { KubeconfigDocument } from "./document.js";

/**
 * Kubeconfig files, injected so that tests and other platforms can bring
 * their own. Every change is made under a lock that kubectl respects too.
 */
export interface KubeconfigStore {
  /** First file of `KUBECONFIG`, else `~/.kube/config`. */
  readonly defaultPath: string;
  exists(path: string): Promise<boolean>;
  /** The file as it is, an empty one where there is none; takes no lock. @throws `INVALID_CONFIG`. */
  read(path: string): Promise<KubeconfigDocument>;
  /** Reads the file, lets `change` edit it, and replaces it atomically when that returns `true`. @throws `LOCKED`, `INVALID_CONFIG`, `NO_SPACE`. */
  update(
    path: string,
    change: (document: KubeconfigDocument) => boolean,
    options?: { fresh?: boolean },
  ): Promise<void>;
}

/** @param env only `KUBECONFIG` is read. */
export function fileKubeconfigStore(
  env: Readonly<Record<string, string | undefined>>,
  homeDir: string,
): KubeconfigStore {
  const [first] = (env["KUBECONFIG"] ?? "")
    .split(process.platform === "win32" ? ";" : ":")
    .filter(Boolean);
  return {
    defaultPath: first ?? join(homeDir, ".kube", "config"),
    exists,
    read: readDocument,
    update: updateFile,
  };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function readDocument(path: string): Promise<KubeconfigDocument> {
  try {
    return await KubeconfigDocument.parse((await readFile(path, "utf8").catch(absent)) ?? "", path);
  } catch (error) {
    throw fileError(error, path);
  }
}

async function updateFile(
  path: string,
  change: (document: KubeconfigDocument) => boolean,
  { fresh = false }: { fresh?: boolean } = {},
): Promise<void> {
  try {
    const target = await linkTarget(resolve(path));
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    // Otherwise the lock would be tried for again and again.
    await access(dirname(target), constants.W_OK);
    const unlock = await lock(target);
    try {
      const text = fresh ? "" : await readFile(target, "utf8").catch(absent);
      const document = await KubeconfigDocument.parse(text ?? "", path);
      if (change(document)) await replaceFile(target, document.toString());
    } finally {
      await unlock();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The file itself where `path` is a symbolic link, also a dangling one. */
async function linkTarget(path: string): Promise<string> {
  const link = await lstat(path).catch(absent);
  if (!link?.isSymbolicLink()) return path;
  return realpath(path).catch(async (error: unknown) => {
    if (absent(error as Error) !== undefined) throw error;
    const { readlink } = await import("node:fs/promises");
    return resolve(dirname(path), await readlink(path));
  });
}

/** `<file>.lock` is also what client-go takes before it changes a kubeconfig. */
async function lock(target: string): Promise<() => Promise<void>> {
  const { default: lockfile } = await import("proper-lockfile");
  try {
    return await lockfile.lock(target, {
      realpath: false,
      stale: 15_000,
      retries: { retries: 60, factor: 1.2, minTimeout: 25, maxTimeout: 250, randomize: true },
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== "ELOCKED" && code !== "ENOTDIR") throw error;
    throw new K3dError("LOCKED", `'${target}' is locked by another process`, {
      hint: `Try again; if no other k3d or kubectl is running, remove '${target}.lock'.`,
      cause: error,
    });
  }
}

/** A new file of the same owner and mode (0600 when there was none) takes the old one's place at once. */
async function replaceFile(target: string, text: string): Promise<void> {
  const old = await stat(target).catch(absent);
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(text);
      if (old !== undefined && typeof process.getuid === "function" && process.getuid() === 0) {
        await handle.chown(old.uid, old.gid);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await chmod(temporary, (old?.mode ?? 0o600) & 0o777);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

function absent(error: Error): undefined {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
}

function fileError(error: unknown, path: string): unknown {
  if (isK3dError(error)) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new K3dError("NO_SPACE", `No space left to write kubeconfig '${path}'`, {
      hint: "Free some space; the old file is unchanged.",
      cause: error,
    });
  }
  return new K3dError("INVALID_CONFIG", `Kubeconfig '${path}' cannot be changed: ${message}`, {
    hint: "Check the path and its permissions, or name another file with --output or KUBECONFIG.",
    cause: error,
  });
}
