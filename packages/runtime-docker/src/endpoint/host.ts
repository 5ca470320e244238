import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import type { Endpoint, TlsFiles } from "./endpoint.js";

const DEFAULT_SOCKET = "/var/run/docker.sock";
const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;
export const WINDOWS_PIPE = "//./pipe/docker_engine";

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
}

/** `ca.pem`, `cert.pem` and `key.pem` of a directory, those that are there. */
export async function readTlsFiles(dir: string, verify: boolean): Promise<TlsFiles> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => readIfThere(join(dir, name))),
  );
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), verify };
}

function invalidHost(host: string, source: string, cause?: unknown): K3dError {
  return new K3dError(
    "INVALID_INPUT",
    `"${host}" (from ${source}) is not an address of a Docker engine`,
    {
      hint: "Use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.",
      cause,
    },
  );
}

/**
 * Reads an engine address in the words of `DOCKER_HOST`.
 *
 * @param tls TLS files for `tcp`; omitted: plain HTTP, except that `https:` always uses TLS.
 * @throws `INVALID_INPUT`.
 */
export function parseHost(host: string, source: string, tls?: TlsFiles): Endpoint {
  if (host.startsWith("unix://"))
    return { kind: "socket", path: host.slice("unix://".length) || DEFAULT_SOCKET, source };
  if (host.startsWith("npipe://"))
    return { kind: "socket", path: host.slice("npipe://".length) || WINDOWS_PIPE, source };
  let url: URL;
  try {
    url = new URL(host.includes("://") ? host : `tcp://${host}`);
  } catch (error) {
    throw invalidHost(host, source, error);
  }
  const name = url.hostname.replace(/^\[|\]$/g, "");
  if (!name && url.protocol === "ssh:") throw invalidHost(host, source);
  switch (url.protocol) {
    case "tcp:":
    case "http:":
    case "https:": {
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
      return {
        kind: "ssh",
        host: name,
        ...(url.port ? { port: Number(url.port) } : {}),
        ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
        ...(url.pathname.length > 1 ? { socketPath: url.pathname } : {}),
        source,
      };
    default:
      throw invalidHost(host, source);
  }
}
