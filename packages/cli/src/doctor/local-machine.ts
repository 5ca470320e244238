import { readdir, readFile, readlink, stat, statfs } from "node:fs/promises";
import { userInfo } from "node:os";
import { dirname } from "node:path";
import type { LocalMachine } from "@k3d/core";

/** The machine that this process runs on, as checks look at it. */
export function localMachine(): LocalMachine {
  return {
    platform: process.platform,
    ...user(),
    read: (path) => readFile(path, "utf8").catch(() => undefined),
    list: (path) => readdir(path).catch(() => undefined),
    space,
    mode: async (path) => {
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() ? found.mode : undefined;
    },
    inotifyInstances,
    connect,
  };
}

function user(): Pick<LocalMachine, "user"> {
  const uid = process.geteuid?.();
  if (uid === undefined) return {};
  try {
    return { user: { uid, name: userInfo().username } };
  } catch {
    // A user of a container often has no name.
    return { user: { uid, name: String(uid) } };
  }
}

async function space(path: string): ReturnType<LocalMachine["space"]> {
  for (let current = path; ; current = dirname(current)) {
    const found = await statfs(current).catch(() => undefined);
    if (found !== undefined) {
      const { bsize, blocks, bavail, files, ffree } = found;
      return {
        path: current,
        total: blocks * bsize,
        free: bavail * bsize,
        ...(files === 0 ? {} : { inodes: { total: files, free: ffree } }),
      };
    }
    if (dirname(current) === current) return undefined;
  }
}

/** Those of others only root sees. */
async function inotifyInstances(): Promise<number | undefined> {
  if (process.platform !== "linux" || process.geteuid?.() !== 0) return undefined;
  const processes = (await readdir("/proc").catch(() => [])).filter((entry) => /^\d+$/.test(entry));
  const counts = await Promise.all(
    processes.map(async (pid) => {
      const owner = await stat(`/proc/${pid}`).catch(() => undefined);
      if (owner?.uid !== 0) return 0;
      const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
      const targets = await Promise.all(
        descriptors.map((name) => readlink(`/proc/${pid}/fd/${name}`).catch(() => "")),
      );
      return targets.filter((target) => target === "anon_inode:inotify").length;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function connect(host: string, port: number, signal: AbortSignal): Promise<void> {
  const { connect: open } = await import("node:net");
  await new Promise<void>((resolve, reject) => {
    const socket = open({ host, port, signal });
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", (error: NodeJS.ErrnoException) =>
      reject(new Error(signal.aborted ? "it does not answer" : (error.code ?? error.message))),
    );
  });
}
