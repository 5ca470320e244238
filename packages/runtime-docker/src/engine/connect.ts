import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Duplex } from "node:stream";
import {
  abortable,
  isK3dError,
  K3dError,
  type ConnectionOptions,
  type DialAddress,
  type RuntimeOptions,
} from "@k3d/core/runtime";
import type { DockerOptions } from "dockerode";
import { negotiateApiVersion, OLDEST_API } from "./api-version.js";
import type { DockerClient } from "./client.js";
import type { SshLink } from "../endpoint/ssh/link.js";
import { endpointUrl, type Endpoint } from "../endpoint/endpoint.js";
import { failCutAnswers } from "./cut-answers.js";
import { Engine } from "./engine.js";
import { translateError } from "./errors.js";
import { type Greeting, greet } from "./greeting.js";

/** A connection whose API version is settled. */
export interface Connection {
  engine: Engine;
  greeting: Greeting;
  /** A TCP connection from the engine's machine; absent where the way to the engine carries none. */
  dial?: Dial | undefined;
  /** Closes all sockets. */
  close(): void;
}

type Dial = (address: DialAddress, signal?: AbortSignal) => Promise<Duplex>;

interface Transport {
  options: DockerOptions;
  dial?: Dial;
  close(): void;
}

/** docker-modem takes what is not given from DOCKER_HOST and its kin; this endpoint may have come from elsewhere. */
const NOTHING_FROM_ENVIRONMENT = {
  host: undefined,
  port: undefined,
  socketPath: undefined,
  username: undefined,
  pathPrefix: undefined,
  ca: undefined,
  cert: undefined,
  key: undefined,
  timeout: undefined,
  sshOptions: undefined,
};

function transportOn(
  agent: HttpAgent,
  options: { socketPath: string } | { host: string; port: number; protocol: "http" | "https" },
): Transport {
  return {
    options: {
      ...NOTHING_FROM_ENVIRONMENT,
      protocol: "http",
      ...options,
      agent: failCutAnswers(agent),
    } as unknown as DockerOptions,
    close: () => agent.destroy(),
  };
}

async function transportFor(endpoint: Endpoint, options: RuntimeOptions): Promise<Transport> {
  switch (endpoint.kind) {
    case "socket":
      return transportOn(new HttpAgent({ keepAlive: true }), { socketPath: endpoint.path });
    case "tcp": {
      const { host, port, tls } = endpoint;
      if (!tls)
        return transportOn(new HttpAgent({ keepAlive: true }), { host, port, protocol: "http" });
      const { verify, ...files } = tls;
      const agent = new HttpsAgent({ keepAlive: true, ...files, rejectUnauthorized: verify });
      return transportOn(agent, { host, port, protocol: "https" });
    }
    case "ssh": {
      const [{ SshAgent }, { SshLink }] = await Promise.all([
        import("../endpoint/ssh/agent.js"),
        import("../endpoint/ssh/link.js"),
      ]);
      const link = new SshLink(endpoint, options);
      const transport = transportOn(new SshAgent(link, endpoint.socketPath), {
        host: "docker",
        port: 80,
        protocol: "http",
      });
      return { ...transport, dial: (address, signal) => dialThrough(link, address, signal) };
    }
  }
}

async function dialThrough(
  link: SshLink,
  { host, port }: DialAddress,
  signal: AbortSignal | undefined,
): Promise<Duplex> {
  const opening = link.dial(host, port);
  try {
    return await abortable(opening, signal);
  } catch (error) {
    void opening.then((channel) => channel.destroy()).catch(() => undefined);
    if (isK3dError(error)) throw error;
    throw new K3dError(
      "REMOTE_UNAVAILABLE",
      `Nothing answers on ${link.host} at ${host}:${port}: ${(error as Error).message}`,
      { hint: "Check that it runs, and that the ssh server allows forwarding.", cause: error },
    );
  }
}

async function loadDockerode(): Promise<new (options: DockerOptions) => DockerClient> {
  const { default: Docker } = await import("dockerode");
  return Docker as unknown as new (options: DockerOptions) => DockerClient;
}

/**
 * Connects and settles the API version: the engine's newest, at most the newest
 * known here.
 *
 * @throws `RUNTIME_UNAVAILABLE`, `UNSUPPORTED` (engine too old).
 */
export async function connect(endpoint: Endpoint, options: ConnectionOptions): Promise<Connection> {
  const { signal, firstList } = options;
  const [Docker, transport] = await Promise.all([loadDockerode(), transportFor(endpoint, options)]);
  try {
    const request = { abortSignal: signal };
    const probe = new Docker(transport.options);
    const { greeting, containers } = await abortable(greet(probe, request, firstList), signal);
    const apiVersion = negotiateApiVersion(greeting.apiVersion, greeting.oldestApi);
    if (apiVersion === undefined) {
      throw new K3dError(
        "UNSUPPORTED",
        `The engine at ${endpointUrl(endpoint)} is too old: it speaks API ${greeting.apiVersion}`,
        {
          hint: `k3d needs API ${OLDEST_API} (Docker Engine 20.10) or newer.`,
        },
      );
    }
    const docker = new Docker({ ...transport.options, version: `v${apiVersion}` });
    const { dial, close } = transport;
    const first = containers && firstList && { labels: firstList, containers };
    return { engine: new Engine(docker, apiVersion, first), greeting, dial, close };
  } catch (error) {
    transport.close();
    const translated = translateError(
      error,
      { verb: "connect to", kind: "engine", name: endpointUrl(endpoint) },
      signal,
    );
    if (
      signal?.aborted ||
      translated.code === "RUNTIME_UNAVAILABLE" ||
      translated.code === "UNSUPPORTED"
    )
      throw translated;
    throw new K3dError("RUNTIME_UNAVAILABLE", translated.message, {
      hint: "Check that DOCKER_HOST or the docker context points to a Docker engine.",
      cause: error,
    });
  }
}
