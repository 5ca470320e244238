import { K3dError, maskText } from "@k3d/core/runtime";
import { decoded } from "./decoded.js";
import type { Endpoint, TlsFiles } from "./endpoint.js";

const DEFAULT_SOCKET = "/var/run/docker.sock";
const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;
export const WINDOWS_PIPE = "//./pipe/docker_engine";

const FORMS = "Use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.";

function invalidHost(host: string, source: string, why = "", hint = FORMS): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `"${maskText(host)}" (from ${source}) is not an address of a Docker engine${why}`,
    { hint },
  );
}

/**
 * Reads an engine address in the words of `DOCKER_HOST`.
 *
 * @param tls TLS files for `tcp`; omitted: plain HTTP, except that `https:` always uses TLS.
 * @throws `INVALID_INPUT`.
 */
export function parseHost(written: string, source: string, tls?: TlsFiles): Endpoint {
  const host = written.trim();
  const [, scheme = "", rest = ""] = /^(unix|npipe):\/\/(.*)$/i.exec(host) ?? [];
  if (scheme !== "") {
    const usual = scheme.toLowerCase() === "unix" ? DEFAULT_SOCKET : WINDOWS_PIPE;
    return { kind: "socket", path: rest || usual, source };
  }
  if (host === "") throw invalidHost(host, source);
  const path = /^(?:(unix|npipe):)?([\\/.].*)$/i.exec(host);
  if (path !== null) {
    const meant = `${path[1]?.toLowerCase() ?? "unix"}://${path[2]}`;
    throw invalidHost(host, source, "", `For that socket write ${meant}.`);
  }
  const url = URL.parse(host.includes("://") ? host : `tcp://${host}`);
  if (url === null) throw invalidHost(host, source);
  if (url.password) {
    throw invalidHost(
      host,
      source,
      ": it has a password in it",
      "Leave the password out: Docker takes none in an address. For ssh load a key into your agent.",
    );
  }
  if (url.search || url.hash)
    throw invalidHost(host, source, `: nothing can follow as "${url.search}${url.hash}"`);
  const name = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  switch (url.protocol) {
    case "tcp:":
    case "http:":
    case "https:": {
      if (url.pathname.length > 1)
        throw invalidHost(host, source, `: k3d knows no engine below a path (${url.pathname})`);
      if (url.username)
        throw invalidHost(host, source, ": a user name stands in those with ssh:// only");
      const files = tls ?? (url.protocol === "https:" ? { verify: true } : undefined);
      return {
        kind: "tcp",
        host: name || "localhost",
        port: url.port ? Number(url.port) : files ? DEFAULT_TLS_PORT : DEFAULT_PORT,
        ...(files ? { tls: files } : {}),
        source,
      };
    }
    case "ssh:":
      if (!name) throw invalidHost(host, source);
      return {
        kind: "ssh",
        host: decoded(url.hostname.replace(/^\[|\]$/g, "")),
        ...(url.port ? { port: Number(url.port) } : {}),
        ...(url.username ? { username: decoded(url.username) } : {}),
        ...(url.pathname.length > 1 ? { socketPath: decoded(url.pathname) } : {}),
        source,
      };
    default:
      throw invalidHost(host, source);
  }
}
