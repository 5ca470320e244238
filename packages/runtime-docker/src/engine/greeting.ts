import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { json } from "node:stream/consumers";
import type { LabelSelector } from "@k3d/core/runtime";
import type { ContainerInfo } from "dockerode";
import { compareApiVersions, NEWEST_API, OLDEST_API } from "./api-version.js";
import type { DockerClient, SignalOption } from "./client.js";
import { filters } from "./filters.js";

/** Who answers at an endpoint. */
export interface Greeting {
  /** The engine's version, e.g. `28.2.2`. */
  version: string;
  /** The newest API it speaks. */
  apiVersion: string;
  /** The oldest API it speaks, where that may matter. */
  oldestApi?: string;
}

/** Who answers, and what was asked for in the same breath. */
export interface Greeted {
  greeting: Greeting;
  containers?: ContainerInfo[];
}

/**
 * Asks who answers. Any answer tells it in its headers, that to `GET /_ping` at once; engines start
 * helper programs to answer `/version` and `/info`, which takes them about 20 ms, so `/version` is
 * asked only where the headers do not suffice: behind a proxy that changes them, and of engines newer
 * than this adapter.
 *
 * @param firstList containers that will be listed first: they are asked for instead of a ping
 * @throws what the client throws; an `Error` when it is no Docker engine that answers
 */
export async function greet(
  docker: DockerClient,
  options: SignalOption,
  firstList?: LabelSelector,
): Promise<Greeted> {
  const listed = firstList && (await list(docker, firstList, options));
  if (listed !== undefined) return listed;
  const greeting = fromHeaders((await get(docker, { path: "/_ping" }, options)).resume().headers);
  if (greeting !== undefined && isKnown(greeting)) return { greeting };
  const { Version, ApiVersion, MinAPIVersion } = await docker.version(options);
  if (!ApiVersion) throw new Error("what answers there is not a Docker engine");
  return {
    greeting: {
      version: Version,
      apiVersion: ApiVersion,
      oldestApi: MinAPIVersion,
    },
  };
}

const isKnown = ({ apiVersion }: Greeting): boolean =>
  compareApiVersions(apiVersion, NEWEST_API) <= 0 &&
  compareApiVersions(apiVersion, OLDEST_API) >= 0;

/** Without a version in the path, so in the engine's newest: nothing unless this adapter knows that one. */
async function list(
  docker: DockerClient,
  labels: LabelSelector,
  options: SignalOption,
): Promise<Greeted | undefined> {
  const request = { path: "/containers/json?", options: { all: true, ...filters(labels) } };
  const answer = await get(docker, request, options).catch(unlessAnswered);
  if (answer === undefined) return undefined;
  const greeting = fromHeaders(answer.headers);
  if (greeting === undefined || !isKnown(greeting)) {
    answer.resume();
    return undefined;
  }
  return { greeting, containers: (await json(answer)) as ContainerInfo[] };
}

/** Something between may let a ping through and no list. */
function unlessAnswered(error: { statusCode?: number }): undefined {
  if (error.statusCode === undefined) throw error;
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

function get(
  { modem }: DockerClient,
  question: { path: string; options?: object },
  { abortSignal }: SignalOption,
): Promise<IncomingMessage> {
  const request = {
    ...question,
    method: "GET",
    isStream: true,
    statusCodes: { 200: true, 500: "server error" },
    abortSignal,
  };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error: unknown, response: unknown) => {
      if (error) reject(error);
      else resolve(response as IncomingMessage);
    });
  });
}
