import { maskText, type RuntimeOptions } from "@k3d/core/runtime";

/** How podman is run and reached, from the variables of `RuntimeOptions.env`. */
export interface Connection {
  /** `K3D_PODMAN_COMMAND`. Default `podman`. */
  command: string;
  /** Options before every sub-command. */
  globalArgs: string[];
  /** Address or name of a podman service, or both; absent for podman on this machine. */
  remote?: { url?: string; connection?: string };
}

/**
 * `--host` is podman's `--url`, and `--context` its `--connection`. Podman's own variables `CONTAINER_HOST` and `CONTAINER_CONNECTION` work as
 * they do without k3d; `K3D_PODMAN_URL` and `K3D_PODMAN_CONNECTION` are for
 * k3d alone and go before them. Outside Linux podman is always remote.
 */
export function connectionFrom({ env, platform, engine }: RuntimeOptions): Connection {
  const command = env["K3D_PODMAN_COMMAND"] || "podman";
  const named = engine?.host || engine?.context;
  const ownUrl = named ? engine?.host : env["K3D_PODMAN_URL"];
  const ownConnection = named ? engine?.context : env["K3D_PODMAN_CONNECTION"];
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

/** What names a podman service or command; `undefined` when podman is looked for on this machine. */
export function podmanNamedBy({ env, engine }: RuntimeOptions): string | undefined {
  if (engine?.host) return "--host";
  if (engine?.context) return "--context";
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
  if (remote.connection !== undefined) return `podman connection ${remote.connection}`;
  return remote.url === undefined ? "podman machine" : withoutUser(remote.url);
}

/** The part of `podman system connection list --format json` that is read. */
export interface ConnectionJson {
  Name: string;
  URI: string;
  /** Since podman 4.6. */
  IsMachine?: boolean;
}

/** With the address that podman has for a connection it knows by name, and whether its own machine is there. */
export function withAddress(
  connection: Connection,
  known: readonly ConnectionJson[],
): Connection & { isMachine?: boolean } {
  const name = connection.remote?.connection;
  const found = known.find(({ Name }) => Name === name);
  if (found === undefined) return connection;
  const { URI: url, IsMachine: isMachine } = found;
  return {
    ...connection,
    remote: { ...connection.remote, url },
    ...(isMachine ? { isMachine } : {}),
  };
}

/** The machine on which published ports are, when its address says that it is another one. */
export function remoteHostOf({ remote }: Connection): string | undefined {
  if (remote?.url === undefined) return undefined;
  const url = URL.canParse(remote.url) ? new URL(remote.url) : undefined;
  const isNetwork = url?.protocol === "ssh:" || url?.protocol === "tcp:";
  const host = isNetwork ? url.hostname.replace(/^\[|\]$/g, "") : "";
  return host === "" || isLoopback(host) ? undefined : host;
}

/** Whether bind mounts and published ports of that podman are on this machine. */
export function sharesThisMachine(connection: Connection): boolean {
  if (connection.remote === undefined) return true;
  return connection.remote.url?.startsWith("unix:") ?? false;
}

function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|::1?|127\..+|0\.0\.0\.0)$/i.test(host);
}

function withoutUser(url: string): string {
  if (!URL.canParse(url)) return maskText(url);
  const parsed = new URL(url);
  parsed.password = "";
  return parsed.href;
}
