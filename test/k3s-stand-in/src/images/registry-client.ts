import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { readBody } from "../net/body.ts";
import type { RegistryHost } from "./hosts.ts";

export interface Credentials {
  username: string;
  password: string;
}

/** A request that a registry server did not fulfil. */
export class RegistryError extends Error {
  /** How telling it is among the errors of several servers: unreachable 1, not found 2, other answers 3. */
  readonly priority: 1 | 2 | 3;

  constructor(message: string, priority: 1 | 2 | 3) {
    super(message);
    this.name = "RegistryError";
    this.priority = priority;
  }
}

const accepted = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "*/*;q=0.1",
].join(", ");

/** A GET against one registry server, with its authentication and redirects. */
export class RegistryClient {
  readonly #host: RegistryHost;
  readonly #credentials: Credentials | undefined;
  #authorization: string | undefined;

  constructor(host: RegistryHost, credentials: Credentials | undefined) {
    this.#host = host;
    this.#credentials = credentials;
  }

  get url(): string {
    return this.#host.url;
  }

  /** The repository as this server names it. */
  repository(name: string): string {
    for (const [pattern, replacement] of this.#host.rewrites)
      if (pattern.test(name)) return name.replace(pattern, replacement);
    return name;
  }

  /** Answers a successful response, its body not yet read. Throws on any other. */
  async get(path: string, accept = accepted): Promise<IncomingMessage> {
    const url = `${this.#host.url}${path}`;
    let response = await this.#send(url, accept, this.#authorization);
    if (response.statusCode === 401) {
      response.resume();
      this.#authorization = await this.#authorize(response.headers["www-authenticate"] ?? "");
      if (this.#authorization) response = await this.#send(url, accept, this.#authorization);
    }
    for (
      let hops = 0;
      hops < 5 &&
      [301, 302, 303, 307, 308].includes(response.statusCode ?? 0) &&
      response.headers.location;
      hops++
    ) {
      response.resume();
      const next = new URL(response.headers.location, url);
      response = await this.#send(
        next.href,
        accept,
        next.host === new URL(url).host ? this.#authorization : undefined,
      );
    }
    if (response.statusCode === 200) return response;
    response.resume();
    if (response.statusCode === 404) throw new RegistryError(`${url}: not found`, 2);
    throw new RegistryError(
      `unexpected status from GET request to ${url}: ${response.statusCode} ${response.statusMessage}`,
      3,
    );
  }

  async #authorize(challenge: string): Promise<string | undefined> {
    const basic =
      this.#credentials &&
      `Basic ${Buffer.from(`${this.#credentials.username}:${this.#credentials.password}`).toString("base64")}`;
    if (/^basic/i.test(challenge)) return basic;
    if (!/^bearer/i.test(challenge)) return undefined;
    const parameters = Object.fromEntries(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, value]) => [
        key as string,
        value as string,
      ]),
    );
    const realm = new URL(parameters["realm"] ?? "");
    for (const key of ["service", "scope"])
      if (parameters[key]) realm.searchParams.set(key, parameters[key]);
    const response = await this.#send(realm.href, "application/json", basic);
    const answer = JSON.parse(await readBody(response)) as {
      token?: string;
      access_token?: string;
    };
    if (response.statusCode !== 200)
      throw new RegistryError(
        `failed to authorize: failed to fetch anonymous token: unexpected status from GET request to ${realm.href}: ${response.statusCode} ${response.statusMessage}`,
        3,
      );
    return `Bearer ${answer.token ?? answer.access_token}`;
  }

  #send(url: string, accept: string, authorization: string | undefined): Promise<IncomingMessage> {
    const { ca, cert, key, skipVerify } = this.#host;
    const headers = {
      accept,
      "user-agent": "containerd/v1.7.23-k3s2",
      ...(authorization ? { authorization } : {}),
    };
    return new Promise((resolve, reject) => {
      const request = url.startsWith("https:")
        ? httpsRequest(
            url,
            {
              headers,
              rejectUnauthorized: !skipVerify,
              ...(ca ? { ca } : {}),
              ...(cert && key ? { cert, key } : {}),
            },
            resolve,
          )
        : httpRequest(url, { headers }, resolve);
      request.setTimeout(30_000, () => request.destroy(new Error("i/o timeout")));
      request.on("error", (error: NodeJS.ErrnoException) =>
        reject(
          new RegistryError(
            `failed to do request: Head ${JSON.stringify(url)}: ${reasonOf(error, url)}`,
            1,
          ),
        ),
      );
      request.end();
    });
  }
}

function reasonOf(
  error: NodeJS.ErrnoException & { address?: string; port?: number },
  url: string,
): string {
  const { hostname, host } = new URL(url);
  if (error.code === "ECONNREFUSED")
    return `dial tcp ${error.address}:${error.port}: connect: connection refused`;
  if (error.code === "ENOTFOUND" || error.code === "EAI_AGAIN")
    return `dial tcp: lookup ${hostname}: no such host`;
  if (error.code === "EPROTO") return "http: server gave HTTP response to HTTPS client";
  if (error.code === "EHOSTUNREACH") return `dial tcp ${host}: connect: no route to host`;
  if (/self.signed|unable to (verify|get)/i.test(error.message))
    return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
  return error.message;
}
