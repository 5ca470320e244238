import type { RuntimeOptions } from "@k3d/core/runtime";

/** How podman is run and reached, from the variables of `RuntimeOptions.env`. */
export interface Connection {
  /** `K3D_PODMAN_COMMAND`. Default `podman`. */
  command: string;
  /** Options before every sub-command. */
  globalArgs: string[];
  /** Address or name of a podman service; absent for podman on this machine. */
  remote?: { url?: string; connection?: string };
}

/**
 * Podman's own variables `CONTAINER_HOST` and `CONTAINER_CONNECTION` work as
 * they do without k3d; `K3D_PODMAN_URL` and `K3D_PODMAN_CONNECTION` are for
 * k3d alone and go before them. Outside Linux podman is always remote.
 */
export function connectionFrom({ env, platform }: RuntimeOptions): Connection {
  const command = env["K3D_PODMAN_COMMAND"] || "podman";
  const ownUrl = env["K3D_PODMAN_URL"];
  const ownConnection = env["K3D_PODMAN_CONNECTION"];
  if (ownUrl) return { command, globalArgs: ["--url", ownUrl], remote: { url: ownUrl } };
  if (ownConnection) {
    return {
      command,
      globalArgs: ["--remote", "--connection", ownConnection],
      remote: { connection: ownConnection },
    };
  }
  const url = env["CONTAINER_HOST"];
  const connection = env["CONTAINER_CONNECTION"];
  if (url) return { command, globalArgs: [], remote: { url } };
  if (connection) return { command, globalArgs: [], remote: { connection } };
  return platform === "linux"
    ? { command, globalArgs: [] }
    : { command, globalArgs: [], remote: {} };
}

/** The variable that names a podman service or command; `undefined` when podman is looked for on this machine. */
export function podmanNamedBy({ env }: RuntimeOptions): string | undefined {
  return [
    "K3D_PODMAN_URL",
    "K3D_PODMAN_CONNECTION",
    "CONTAINER_HOST",
    "CONTAINER_CONNECTION",
    "K3D_PODMAN_COMMAND",
  ].find((name) => env[name]);
}

/** Where podman is reached, for people; without credentials. */
export function endpointOf({ command, remote }: Connection): string {
  if (remote === undefined) return command;
  if (remote.url !== undefined) return withoutUser(remote.url);
  return remote.connection === undefined
    ? "podman machine"
    : `podman connection ${remote.connection}`;
}

/** The machine on which published ports are, when its address says that it is another one. */
export function remoteHostOf({ remote }: Connection): string | undefined {
  if (remote?.url === undefined) return undefined;
  const url = URL.canParse(remote.url) ? new URL(remote.url) : undefined;
  const isNetwork = url?.protocol === "ssh:" || url?.protocol === "tcp:";
  const host = isNetwork ? url.hostname : "";
  return host === "" || isLoopback(host) ? undefined : host;
}

/** Whether bind mounts and published ports of that podman are on this machine. */
export function sharesThisMachine(connection: Connection): boolean {
  if (connection.remote === undefined) return true;
  return connection.remote.url?.startsWith("unix:") ?? false;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || host.startsWith("127.");
}

function withoutUser(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.password = "";
  return parsed.href;
}
