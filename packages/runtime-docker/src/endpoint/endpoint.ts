/** Where an engine is reached, and with what. */
export type Endpoint =
  | { kind: "socket"; path: string; /** What it was taken from, for people. */ source: string }
  | { kind: "tcp"; host: string; port: number; tls?: TlsFiles; source: string }
  | {
      kind: "ssh";
      host: string;
      port?: number;
      username?: string;
      /** Socket on the far side. */ socketPath?: string;
      /** Name or address of the host where `host` is an alias of `~/.ssh/config`. */
      address?: string;
      /** The host on the way, where the engine's host is reached through one. */
      through?: string;
      source: string;
    };

/** PEM contents; `verify: false` accepts any server certificate. */
export interface TlsFiles {
  ca?: Buffer;
  cert?: Buffer;
  key?: Buffer;
  verify: boolean;
}

/** The endpoint as a URL without user name or secrets. */
export function endpointUrl(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case "socket":
      return /^[/\\]{2}/.test(endpoint.path)
        ? `npipe://${endpoint.path.replaceAll("\\", "/")}`
        : `unix://${endpoint.path}`;
    case "tcp":
      return `tcp://${bracketed(endpoint.host)}:${endpoint.port}`;
    case "ssh":
      return `ssh://${bracketed(endpoint.host)}${endpoint.port === undefined ? "" : `:${endpoint.port}`}`;
  }
}

/** An IPv6 address as it stands before a port. */
export function bracketed(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}

/** Host name under which published ports of the engine are reached; `undefined` for this machine. */
export function remoteHostOf(endpoint: Endpoint): string | undefined {
  if (endpoint.kind === "socket") return undefined;
  if (endpoint.kind === "tcp") return isLoopback(endpoint.host) ? undefined : endpoint.host;
  const { host, address = host, through } = endpoint;
  // Behind another host, a loopback address is that host's.
  return isLoopback(address) ? through : address;
}

/** Addresses under which a machine reaches itself; as one to connect to, Linux takes 0.0.0.0 for it, too. */
function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|::1?|127\..+|0\.0\.0\.0)$/i.test(host);
}
