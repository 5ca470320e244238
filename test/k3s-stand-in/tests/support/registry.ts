import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { KeyedCertificate } from "../../src/pki/types.ts";
import { sha256, type TestImage } from "./archives.ts";

export interface RegistrySettings {
  /** Images by `repository:tag`. */
  images: Record<string, TestImage>;
  credentials?: string;
  tls?: KeyedCertificate;
}

/** A registry that serves the pull half of the distribution API. */
export class TestRegistry {
  readonly #settings: RegistrySettings;
  #server: Server | undefined;
  /** Paths asked for, in order. */
  readonly requests: string[] = [];

  constructor(settings: RegistrySettings) {
    this.#settings = settings;
  }

  async start(): Promise<this> {
    const { tls } = this.#settings;
    const answer = (request: IncomingMessage, response: ServerResponse): void =>
      this.#answer(request, response);
    this.#server = tls
      ? createHttpsServer({ cert: tls.certPem, key: tls.keyPem }, answer)
      : createHttpServer(answer);
    await new Promise<void>((resolve) => this.#server?.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get host(): string {
    const address = this.#server?.address() as AddressInfo;
    return `127.0.0.1:${address.port}`;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = request.url ?? "";
    this.requests.push(path);
    const { credentials, images } = this.#settings;
    const wanted = credentials && `Basic ${Buffer.from(credentials).toString("base64")}`;
    if (wanted && request.headers.authorization !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
      return;
    }
    const [, repository, kind, reference] =
      /^\/v2\/(.+)\/(manifests|blobs)\/(.+)$/.exec(path) ?? [];
    const found = Object.entries(images).filter(([name]) => name.startsWith(`${repository}:`));
    if (kind === "manifests") {
      const image = found.find(
        ([name, each]) =>
          name === `${repository}:${reference}` || each.descriptor.digest === reference,
      )?.[1];
      if (image) {
        response
          .writeHead(200, {
            "content-type": image.descriptor.mediaType,
            "docker-content-digest": image.descriptor.digest,
          })
          .end(image.manifest);
        return;
      }
    }
    const content =
      kind === "blobs"
        ? found
            .flatMap(([, { config, layers }]) => [config, ...layers])
            .find((each) => sha256(each) === reference)
        : undefined;
    if (content)
      response.writeHead(200, { "content-type": "application/octet-stream" }).end(content);
    else response.writeHead(path === "/v2/" ? 200 : 404).end();
  }
}
