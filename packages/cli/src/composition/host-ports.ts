import { basename } from "node:path";
import { readFile, readdir, readlink } from "node:fs/promises";
import type { CoreSettings } from "@k3d/core";

/** @see CoreSettings.isPortFree. A port that this user may not bind is left to the engine to judge. */
export const isPortFree: NonNullable<CoreSettings["isPortFree"]> = async (port, hostIp, protocol) =>
  protocol === "udp" ? isUdpFree(port, hostIp) : isTcpFree(port, hostIp);

async function isTcpFree(port: number, host: string | undefined): Promise<boolean> {
  const { createServer } = await import("node:net");
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host: host ?? "0.0.0.0", exclusive: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

async function isUdpFree(port: number, host = "0.0.0.0"): Promise<boolean> {
  const { createSocket } = await import("node:dgram");
  return new Promise((resolve) => {
    const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
    socket.once("error", (error: NodeJS.ErrnoException) => {
      socket.close();
      resolve(error.code !== "EADDRINUSE");
    });
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}

/** The state of a listening socket in `/proc/net/tcp`. */
const LISTENING = "0A";

/**
 * @see CoreSettings.portOwner. Linux tells sockets in `/proc/net` and whose they are in the
 * descriptors of processes, of other users' to root alone.
 */
export const portOwner: NonNullable<CoreSettings["portOwner"]> = async (port, protocol) => {
  try {
    const inodes = await socketsAt(port, protocol);
    return inodes.size === 0 ? undefined : await processWith(inodes);
  } catch {
    return undefined;
  }
};

async function socketsAt(port: number, protocol: "tcp" | "udp"): Promise<Set<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  const tables = await Promise.all(
    [protocol, `${protocol}6`].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")),
  );
  const rows = tables.flatMap((table) => table.split("\n").slice(1));
  return new Set(
    rows.flatMap((row) => {
      const [, local = "", , state, , , , , , inode] = row.trim().split(/\s+/);
      const listens = protocol === "udp" || state === LISTENING;
      return listens && local.endsWith(`:${wanted}`) && inode !== undefined ? [inode] : [];
    }),
  );
}

async function processWith(inodes: ReadonlySet<string>): Promise<string | undefined> {
  const links = new Set([...inodes].map((inode) => `socket:[${inode}]`));
  for (const pid of (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry))) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      if (!links.has(target)) continue;
      // Not /proc/PID/comm, which is the name of a thread: Node calls its first one MainThread.
      const program = await readlink(`/proc/${pid}/exe`).catch(() => "");
      const name = basename(program.replace(/ \(deleted\)$/, ""));
      return `process ${pid}${name === "" ? "" : ` (${name})`}`;
    }
  }
  return undefined;
}
