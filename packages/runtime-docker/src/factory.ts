import {
  K3dError,
  toK3dError,
  type CallOptions,
  type ConnectionOptions,
  type ContainerRuntime,
  type Detection,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import { connect, type Connection } from "./engine/connect.js";
import { readDockerConfig } from "./endpoint/docker-config.js";
import { endpointUrl, type Endpoint } from "./endpoint/endpoint.js";
import { engineNamedBy, resolveEndpoint } from "./endpoint/resolve.js";
import { findCredentials, helperRunner } from "./images/credentials.js";
import type { CredentialSource } from "./images/pull.js";
import { DockerRuntime } from "./runtime.js";

/**
 * How long an engine may take to answer, in milliseconds. One on this machine that listens is there,
 * however busy; where nothing listens that is known at once.
 */
const LIMITS_MS = { here: 60_000, elsewhere: 15_000 };

/** Finds and connects to Docker engines. */
export const dockerFactory: RuntimeFactory = {
  name: "docker",
  contractVersion: 1,
  takesEngine: true,

  async detect(options: RuntimeOptions & CallOptions): Promise<Detection> {
    let endpoint: string | undefined;
    const named = await engineNamedBy(options);
    try {
      const resolved = await resolveEndpoint(options);
      endpoint = endpointUrl(resolved);
      const connection = await connectInTime(resolved, options);
      connection.close();
      return {
        available: true,
        reason: `Docker Engine ${connection.greeting.version} answers at ${endpoint} (${resolved.source}), API ${connection.engine.apiVersion}`,
        endpoint,
        named,
      };
    } catch (error) {
      return { ...unavailable(error), endpoint, named };
    }
  },

  async create(options: ConnectionOptions): Promise<ContainerRuntime> {
    const endpoint = await resolveEndpoint(options);
    const connection = await connectInTime(endpoint, options);
    const credentials: CredentialSource = async (domain, signal) =>
      findCredentials(await readDockerConfig(options), domain, helperRunner(options.env, signal));
    return new DockerRuntime(connection, endpoint, credentials, options.signal);
  },
};

/** @throws as `connect` does; `RUNTIME_UNAVAILABLE` when nothing answers in time. */
async function connectInTime(endpoint: Endpoint, options: ConnectionOptions): Promise<Connection> {
  const limitMs = endpoint.kind === "socket" ? LIMITS_MS.here : LIMITS_MS.elsewhere;
  const limit = AbortSignal.timeout(limitMs);
  const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
  try {
    return await connect(endpoint, { ...options, signal });
  } catch (error) {
    if (!limit.aborted || options.signal?.aborted) throw error;
    throw new K3dError(
      "RUNTIME_UNAVAILABLE",
      `The Docker engine at ${endpointUrl(endpoint)} (${endpoint.source}) did not answer within ${limitMs / 1000} s`,
      { hint: "Check that the engine is not overloaded or unreachable.", cause: error },
    );
  }
}

function unavailable(error: unknown): Detection {
  const { message, hint } = toK3dError(error);
  return { available: false, reason: message, hint };
}
