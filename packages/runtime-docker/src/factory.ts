import {
  isK3dError,
  type CallOptions,
  type ContainerRuntime,
  type Detection,
  type RuntimeFactory,
  type RuntimeOptions,
} from "@k3d/core";
import { connect } from "./connect.js";
import { readDockerConfig } from "./endpoint/docker-config.js";
import { endpointUrl } from "./endpoint/endpoint.js";
import { resolveEndpoint } from "./endpoint/resolve.js";
import { findCredentials, helperRunner } from "./images/credentials.js";
import type { CredentialSource } from "./images/pull.js";
import { DockerRuntime } from "./runtime.js";

const DETECTION_LIMIT_MS = 900;

/** Finds and connects to Docker engines. */
export const dockerFactory: RuntimeFactory = {
  name: "docker",
  contractVersion: 1,

  async detect(options: RuntimeOptions & CallOptions): Promise<Detection> {
    let endpoint: string | undefined;
    try {
      const resolved = await resolveEndpoint(options);
      endpoint = endpointUrl(resolved);
      const limit = AbortSignal.timeout(DETECTION_LIMIT_MS);
      const signal = options.signal ? AbortSignal.any([options.signal, limit]) : limit;
      const connection = await connect(resolved, { ...options, signal });
      connection.close();
      return {
        available: true,
        reason: `Docker Engine ${connection.greeting.version} answers at ${endpoint} (${resolved.source}), API ${connection.engine.apiVersion}`,
        endpoint,
      };
    } catch (error) {
      return { ...unavailable(error), ...(endpoint === undefined ? {} : { endpoint }) };
    }
  },

  async create(options: RuntimeOptions & CallOptions): Promise<ContainerRuntime> {
    const endpoint = await resolveEndpoint(options);
    const connection = await connect(endpoint, options);
    const credentials: CredentialSource = async (domain, signal) =>
      findCredentials(await readDockerConfig(options), domain, helperRunner(options.env, signal));
    return new DockerRuntime(connection, endpoint, credentials, options.signal);
  },
};

function unavailable(error: unknown): Detection {
  if (isK3dError(error, "ABORTED")) {
    return {
      available: false,
      reason: `no answer within ${DETECTION_LIMIT_MS} ms`,
      hint: "Check that the engine is not overloaded or unreachable.",
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  const hint = isK3dError(error) ? error.hint : undefined;
  return { available: false, reason, ...(hint === undefined ? {} : { hint }) };
}
