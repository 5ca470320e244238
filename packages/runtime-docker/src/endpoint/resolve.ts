import { join } from "node:path";
import { K3dError, type RuntimeOptions } from "@k3d/core/runtime";
import { contextEndpoint } from "./context.js";
import { readDockerConfig } from "./docker-config.js";
import type { Endpoint, TlsFiles } from "./endpoint.js";
import { parseHost } from "./host.js";
import { hasFiles, readTlsFiles } from "./tls-files.js";
import { usualSocket } from "./usual-sockets.js";

/** TLS as the Docker client reads it from its environment: `DOCKER_TLS_VERIFY` or `DOCKER_TLS`, files in `DOCKER_CERT_PATH`. */
async function tlsFromEnvironment({ env, homeDir }: RuntimeOptions): Promise<TlsFiles | undefined> {
  const verify = Boolean(env.DOCKER_TLS_VERIFY);
  if (!verify && !env.DOCKER_TLS) return undefined;
  const named = env.DOCKER_CERT_PATH;
  const files = await readTlsFiles(named || env.DOCKER_CONFIG || join(homeDir, ".docker"), verify);
  if (!named || hasFiles(files)) return files;
  throw new K3dError("INVALID_CONFIG", `DOCKER_CERT_PATH is ${named}, which has no certificates`, {
    hint: "Name the directory that has ca.pem, cert.pem and key.pem.",
  });
}

/** What of the Docker client's settings names the engine; `undefined` when it is looked for at the default places. */
export async function engineNamedBy(options: RuntimeOptions): Promise<string | undefined> {
  const { env, engine } = options;
  if (engine?.host) return "--host";
  if (engine?.context) return "--context";
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
 * Finds the engine as the Docker client does: `--host`, `--context`, `DOCKER_HOST`, `DOCKER_SOCK` (a
 * path, as k3d has it), `DOCKER_CONTEXT`, `currentContext` of `config.json`, then the sockets where
 * engines of this machine usually are.
 *
 * @throws `INVALID_INPUT`, `INVALID_CONFIG`, `NOT_FOUND` (context).
 */
export async function resolveEndpoint(options: RuntimeOptions): Promise<Endpoint> {
  const endpoint = await namedEndpoint(options);
  return endpoint.kind === "ssh" ? withAddress(endpoint, options) : endpoint;
}

async function namedEndpoint(options: RuntimeOptions): Promise<Endpoint> {
  const { env, engine } = options;
  if (engine?.host) return parseHost(engine.host, "--host", await tlsFromEnvironment(options));
  if (engine?.context) return inContext(engine.context, "--context", options);
  if (env.DOCKER_HOST)
    return parseHost(env.DOCKER_HOST, "DOCKER_HOST", await tlsFromEnvironment(options));
  if (env.DOCKER_SOCK)
    return parseHost(
      env.DOCKER_SOCK.includes("://") ? env.DOCKER_SOCK : `unix://${env.DOCKER_SOCK}`,
      "DOCKER_SOCK",
    );
  const fromEnv = env.DOCKER_CONTEXT;
  const context = fromEnv || (await readDockerConfig(options)).currentContext;
  return context
    ? inContext(context, fromEnv ? "DOCKER_CONTEXT" : CONFIG_FILE, options)
    : usualSocket(options);
}

async function inContext(
  context: string,
  source: string,
  options: RuntimeOptions,
): Promise<Endpoint> {
  return context === "default" ? usualSocket(options) : contextEndpoint(options, context, source);
}

/** With what `~/.ssh/config` says of the host: others know nothing of its aliases. */
async function withAddress(
  endpoint: Endpoint & { kind: "ssh" },
  options: RuntimeOptions,
): Promise<Endpoint> {
  const { readSshSettings } = await import("./ssh/settings.js");
  const { host, via } = await readSshSettings(endpoint, options);
  return {
    ...endpoint,
    ...(host === endpoint.host ? {} : { address: host }),
    ...(via === undefined ? {} : { through: via.host }),
  };
}
