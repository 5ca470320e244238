import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { DockerClient, SignalOption } from "./client.js";
import { compareApiVersions, NEWEST_API } from "./api-version.js";

/** Who answers at an endpoint. */
export interface Greeting {
  /** The engine's version, e.g. `28.2.2`. */
  version: string;
  /** The newest API it speaks. */
  apiVersion: string;
  /** The oldest API it speaks, where that may matter. */
  oldestApi?: string;
}

/**
 * Asks who answers. `GET /_ping` tells it in its headers at once; engines start helper programs to
 * answer `/version` and `/info`, which takes them about 20 ms, so `/version` is asked only where the
 * headers do not suffice: behind a proxy that changes them, and of engines newer than this adapter.
 *
 * @throws what the client throws; an `Error` when it is no Docker engine that answers
 */
export async function greet(docker: DockerClient, options: SignalOption): Promise<Greeting> {
  const greeting = fromHeaders(await ping(docker, options));
  if (greeting !== undefined && compareApiVersions(greeting.apiVersion, NEWEST_API) <= 0)
    return greeting;
  const { Version, ApiVersion, MinAPIVersion } = await docker.version(options);
  if (!ApiVersion) throw new Error("what answers there is not a Docker engine");
  return {
    version: Version,
    apiVersion: ApiVersion,
    oldestApi: MinAPIVersion,
  };
}

/** `Server: Docker/28.2.2 (linux)` and `Api-Version: 1.50`. */
export function fromHeaders(headers: IncomingHttpHeaders): Greeting | undefined {
  const apiVersion = headers["api-version"];
  const server = String(headers.server ?? "");
  const version = /^Docker\/(\S+)/.exec(server)?.[1];
  return typeof apiVersion !== "string" || version === undefined
    ? undefined
    : { version, apiVersion };
}

function ping(
  { modem }: DockerClient,
  { abortSignal }: SignalOption,
): Promise<IncomingHttpHeaders> {
  const request = {
    path: "/_ping",
    method: "GET",
    isStream: true,
    statusCodes: { 200: true, 500: "server error" },
    abortSignal,
  };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error: unknown, response: unknown) => {
      if (error) return reject(error);
      const message = response as IncomingMessage;
      message.resume();
      return resolve(message.headers);
    });
  });
}
