import { access } from "node:fs/promises";
import { join } from "node:path";
import type { RuntimeOptions } from "@k3d/core/runtime";
import { contextEndpoint } from "./context.js";
import { readDockerConfig } from "./docker-config.js";
import type { Endpoint, TlsFiles } from "./endpoint.js";
import { parseHost, readTlsFiles, WINDOWS_PIPE } from "./host.js";

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** TLS as the Docker client reads it from its environment: `DOCKER_TLS_VERIFY` or `DOCKER_TLS`, files in `DOCKER_CERT_PATH`. */
async function tlsFromEnvironment({ env, homeDir }: RuntimeOptions): Promise<TlsFiles | undefined> {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return undefined;
  return readTlsFiles(
    env.DOCKER_CERT_PATH || env.DOCKER_CONFIG || join(homeDir, ".docker"),
    verify,
  );
}

async function defaultSocket(options: RuntimeOptions): Promise<Endpoint> {
  const { platform, homeDir, env, uid } = options;
  if (platform === "win32")
    return { kind: "socket", path: WINDOWS_PIPE, source: "the default pipe" };
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

/** What of the Docker client's settings names the engine; `undefined` when it is looked for at the default places. */
export async function engineNamedBy(options: RuntimeOptions): Promise<string | undefined> {
  const { env } = options;
  const variable = ["DOCKER_HOST", "DOCKER_SOCK", "DOCKER_CONTEXT"].find((name) => env[name]);
  if (variable !== undefined)
    return variable === "DOCKER_CONTEXT" && env.DOCKER_CONTEXT === "default" ? undefined : variable;
  try {
    const { currentContext } = await readDockerConfig(options);
    return currentContext && currentContext !== "default" ? CONFIG_FILE : undefined;
  } catch {
    // Whatever it names cannot be known.
    return CONFIG_FILE;
  }
}

const CONFIG_FILE = "Docker's config.json";

/**
 * Finds the engine as the Docker client does: `DOCKER_HOST`, `DOCKER_SOCK` (a
 * path, as k3d has it), `DOCKER_CONTEXT`, `currentContext` of `config.json`,
 * then the default sockets (system-wide, rootless, Docker Desktop).
 *
 * @throws `INVALID_INPUT`, `INVALID_CONFIG`, `NOT_FOUND` (context).
 */
export async function resolveEndpoint(options: RuntimeOptions): Promise<Endpoint> {
  const { env, endpoint: named } = options;
  if (named !== undefined) return namedEndpoint(options, named);
  if (env.DOCKER_HOST)
    return parseHost(env.DOCKER_HOST, "DOCKER_HOST", await tlsFromEnvironment(options));
  if (env.DOCKER_SOCK)
    return parseHost(
      env.DOCKER_SOCK.includes("://") ? env.DOCKER_SOCK : `unix://${env.DOCKER_SOCK}`,
      "DOCKER_SOCK",
    );
  const fromEnv = env.DOCKER_CONTEXT;
  const context = fromEnv || (await readDockerConfig(options)).currentContext;
  if (context && context !== "default") {
    return contextEndpoint(options, context, fromEnv ? "DOCKER_CONTEXT" : CONFIG_FILE);
  }
  return defaultSocket(options);
}

/** An address in the words of `DOCKER_HOST`, else the name of a context. */
async function namedEndpoint(options: RuntimeOptions, named: string): Promise<Endpoint> {
  if (named.includes("://")) return parseHost(named, named, await tlsFromEnvironment(options));
  if (named === "default") return defaultSocket(options);
  return contextEndpoint(options, named, "the machine's name");
}
