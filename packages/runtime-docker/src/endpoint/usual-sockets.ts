import { existsSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import type { Endpoint } from "./endpoint.js";
import { WINDOWS_PIPE } from "./host.js";

/** How long a socket may take to accept a connection, in milliseconds, where there are several. */
const LIMIT_MS = 1000;

interface UsualSocket {
  path: string;
  /** Whose it is, for people. */
  source: string;
}

/**
 * Where Docker engines listen on this machine, in the order in which they are looked for: the
 * system's, a rootless one's, then those in virtual machines.
 */
export function usualSockets({ homeDir, env, uid }: RuntimeOptions): UsualSocket[] {
  const runtimeDir = env.XDG_RUNTIME_DIR || (uid === undefined ? undefined : `/run/user/${uid}`);
  const configDir = env.XDG_CONFIG_HOME || join(homeDir, ".config");
  const lima = env.LIMA_HOME || join(homeDir, ".lima");
  const colima = env.COLIMA_HOME
    ? [env.COLIMA_HOME]
    : [join(homeDir, ".colima"), join(configDir, "colima")];
  const of = (source: string, ...paths: string[]): UsualSocket[] =>
    paths.map((path) => ({ path, source }));
  return [
    ...of("the default socket", "/var/run/docker.sock"),
    ...of("rootless Docker's socket", ...(runtimeDir ? [join(runtimeDir, "docker.sock")] : [])),
    ...of(
      "Docker Desktop's socket",
      join(homeDir, ".docker", "run", "docker.sock"),
      join(homeDir, ".docker", "desktop", "docker.sock"),
    ),
    ...of("OrbStack's socket", join(homeDir, ".orbstack", "run", "docker.sock")),
    ...of("Colima's socket", ...colima.map((dir) => join(dir, "default", "docker.sock"))),
    ...of("Rancher Desktop's socket", join(homeDir, ".rd", "docker.sock")),
    ...of(
      "Lima's socket",
      ...["docker", "docker-rootful", "default"].map((name) =>
        join(lima, name, "sock", "docker.sock"),
      ),
    ),
  ];
}

/**
 * The socket of the engine of this machine. Of several, the first that accepts a connection: those
 * of stopped virtual machines stay on the disk, and the system's may be closed to this user.
 */
export async function usualSocket(options: RuntimeOptions): Promise<Endpoint> {
  if (options.platform === "win32")
    return { kind: "socket", path: WINDOWS_PIPE, source: "the default pipe" };
  const usual = usualSockets(options);
  const found = usual.filter(({ path }) => existsSync(path));
  const chosen = found.length > 1 ? await firstThatAccepts(found) : found[0];
  const { path, source } = chosen ?? found[0] ?? (usual[0] as UsualSocket);
  return { kind: "socket", path, source };
}

/** The first that accepts a connection; `undefined` when none does. */
export async function firstThatAccepts(
  sockets: readonly UsualSocket[],
): Promise<UsualSocket | undefined> {
  for (const socket of sockets) if (await accepts(socket.path)) return socket;
  return undefined;
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ path, timeout: LIMIT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
