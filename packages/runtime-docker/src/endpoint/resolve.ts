import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type RuntimeOptions } from "@k3d/core";
import { contextEndpoint } from "./context.js";
import { readDockerConfig } from "./docker-config.js";
import type { Endpoint, TlsFiles } from "./endpoint.js";

const DEFAULT_PORT = 2375;
const DEFAULT_TLS_PORT = 2376;
const WINDOWS_PIPE = "//./pipe/docker_engine";

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
}

/** `ca.pem`, `cert.pem` and `key.pem` of a directory, those that are there. */
export async function readTlsFiles(dir: string, verify: boolean): Promise<TlsFiles> {
  const [ca, cert, key] = await Promise.all(["ca.pem", "cert.pem", "key.pem"].map((name) => readIfThere(join(dir, name))));
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), verify };
}

function invalidHost(host: string, source: string, cause?: unknown): K3dError {
  return new K3dError("INVALID_INPUT", `"${host}" (from ${source}) is no address of a Docker engine`, {
    hint: "Use unix:///path/to/docker.sock, tcp://host:port or ssh://user@host.",
    cause,
  });
}

/**
 * Reads an engine address in the words of `DOCKER_HOST`.
 *
 * @param tls TLS files for `tcp`; omitted: plain HTTP, except that `https:` always uses TLS.
 * @throws `INVALID_INPUT`.
 */
export function parseHost(host: string, source: string, tls?: TlsFiles): Endpoint {
  if (host.startsWith("unix://")) return { kind: "socket", path: host.slice("unix://".length) || "/var/run/docker.sock", source };
  if (host.startsWith("npipe://")) return { kind: "socket", path: host.slice("npipe://".length) || WINDOWS_PIPE, source };
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

/** TLS as the Docker client reads it from its environment: `DOCKER_TLS_VERIFY` or `DOCKER_TLS`, files in `DOCKER_CERT_PATH`. */
async function tlsFromEnvironment({ env, homeDir }: RuntimeOptions): Promise<TlsFiles | undefined> {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return undefined;
  return readTlsFiles(env.DOCKER_CERT_PATH || env.DOCKER_CONFIG || join(homeDir, ".docker"), verify);
}

async function defaultSocket(options: RuntimeOptions): Promise<Endpoint> {
  const { platform, homeDir, env, uid } = options;
  if (platform === "win32") return { kind: "socket", path: WINDOWS_PIPE, source: "the default pipe" };
  const runtimeDir = env.XDG_RUNTIME_DIR ?? (uid === undefined ? undefined : `/run/user/${uid}`);
  const candidates = [
    "/var/run/docker.sock",
    ...(runtimeDir === undefined ? [] : [join(runtimeDir, "docker.sock")]),
    join(homeDir, ".docker", "run", "docker.sock"),
    join(homeDir, ".docker", "desktop", "docker.sock"),
  ];
  for (const path of candidates) {
    if (await exists(path)) return { kind: "socket", path, source: "the default socket" };
  }
  return { kind: "socket", path: candidates[0] as string, source: "the default socket" };
}

/**
 * Finds the engine as the Docker client does: `DOCKER_HOST`, `DOCKER_SOCK` (a
 * path, as k3d has it), `DOCKER_CONTEXT`, `currentContext` of `config.json`,
 * then the default sockets (system-wide, rootless, Docker Desktop).
 *
 * @throws `INVALID_INPUT`, `INVALID_CONFIG`, `NOT_FOUND` (context).
 */
export async function resolveEndpoint(options: RuntimeOptions): Promise<Endpoint> {
  const { env } = options;
  if (env.DOCKER_HOST) return parseHost(env.DOCKER_HOST, "DOCKER_HOST", await tlsFromEnvironment(options));
  if (env.DOCKER_SOCK) return parseHost(env.DOCKER_SOCK.includes("://") ? env.DOCKER_SOCK : `unix://${env.DOCKER_SOCK}`, "DOCKER_SOCK");
  const fromEnv = env.DOCKER_CONTEXT;
  const context = fromEnv || (await readDockerConfig(options)).currentContext;
  if (context && context !== "default") {
    return contextEndpoint(options, context, fromEnv ? "DOCKER_CONTEXT" : "Docker's config.json");
  }
  return defaultSocket(options);
}
