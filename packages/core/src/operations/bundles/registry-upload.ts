import { request, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { PassThrough } from "node:stream";
import { pipeline } from "node:stream/promises";
import { K3dError, throwIfAborted } from "../../errors/index.js";

/** What one request to a registry is. */
interface Call {
  method: "GET" | "HEAD" | "POST" | "PUT";
  /** Path, or a whole URL where the registry names one. */
  url: string;
  headers?: Record<string, string>;
  body?: Buffer | PassThrough;
}

/** Milliseconds of silence after which a registry is given up on. */
const SILENCE_MS = 60_000;

/**
 * Uploads blobs and manifests to a registry that speaks HTTP and asks for no login:
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md#push
 */
export class RegistryUpload {
  /** @param origin e.g. `http://localhost:5000` */
  constructor(
    private readonly origin: string,
    private readonly signal: AbortSignal,
  ) {}

  /** Whether a repository has a blob. */
  async has(repository: string, digest: string): Promise<boolean> {
    const answer = await this.#send({ method: "HEAD", url: `/v2/${repository}/blobs/${digest}` });
    await this.#expect(answer, [200, 404], `look for a blob in ${repository}`);
    return answer.statusCode === 200;
  }

  /** Uploads a blob, whose bytes are written to the stream. */
  async blob(repository: string, digest: string, size: number, body: PassThrough): Promise<void> {
    const begun = await this.#send({ method: "POST", url: `/v2/${repository}/blobs/uploads/` });
    await this.#expect(begun, [202], `upload to ${repository}`);
    const url = new URL(begun.headers.location ?? "", this.origin);
    url.searchParams.set("digest", digest);
    const headers = {
      "content-type": "application/octet-stream",
      "content-length": String(size),
    };
    const done = await this.#send({ method: "PUT", url: url.href, headers, body });
    await this.#expect(done, [201], `upload to ${repository}`);
  }

  /** Takes a blob over from another repository of the registry. @returns whether it did. */
  async mount(repository: string, digest: string, from: string): Promise<boolean> {
    const query = new URLSearchParams({ mount: digest, from });
    const url = `/v2/${repository}/blobs/uploads/?${query.toString()}`;
    const answer = await this.#send({ method: "POST", url });
    answer.resume();
    return answer.statusCode === 201;
  }

  /** Uploads a blob that another repository of the registry has, where the registry does not {@link mount}. */
  async copy(
    { digest, size }: { digest: string; size: number },
    from: string,
    repository: string,
  ): Promise<void> {
    const answer = await this.#send({ method: "GET", url: `/v2/${from}/blobs/${digest}` });
    if (answer.statusCode !== 200) await this.#expect(answer, [200], `read a blob of ${from}`);
    const body = new PassThrough();
    const sent = this.blob(repository, digest, size, body);
    sent.catch(() => answer.destroy());
    await Promise.all([pipeline(answer, body), sent]);
  }

  async manifest(
    repository: string,
    reference: string,
    { mediaType, content }: { mediaType: string; content: Buffer },
  ): Promise<void> {
    const url = `/v2/${repository}/manifests/${reference}`;
    const headers = { "content-type": mediaType, "content-length": String(content.length) };
    const answer = await this.#send({ method: "PUT", url, headers, body: content });
    await this.#expect(answer, [201], `upload ${repository}:${reference}`);
  }

  #send({ method, url, headers, body }: Call): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const { signal } = this;
      const sending = request(new URL(url, this.origin), { method, headers, signal }, resolve);
      sending.setTimeout(SILENCE_MS, () => sending.destroy(new Error("it does not answer")));
      sending.on("error", (error) => {
        if (body instanceof PassThrough) body.destroy(error);
        if (signal.aborted) reject(new K3dError("ABORTED", "The upload was interrupted"));
        else reject(unreachable(this.origin, error));
      });
      if (body instanceof PassThrough) body.pipe(sending);
      else sending.end(body);
    });
  }

  async #expect(answer: IncomingMessage, codes: number[], action: string): Promise<void> {
    const { statusCode = 0 } = answer;
    const said = (await text(answer).catch(() => "")).trim();
    throwIfAborted(this.signal);
    if (codes.includes(statusCode)) return;
    throw new K3dError(
      "REMOTE_UNAVAILABLE",
      `Cannot ${action}: the registry at ${this.origin} answers ${statusCode}`,
      { hint: "Look at the registry's log.", details: { answer: said.slice(0, 1000) } },
    );
  }
}

const unreachable = (origin: string, cause: Error): K3dError =>
  new K3dError("REMOTE_UNAVAILABLE", `The registry at ${origin} cannot be used: ${cause.message}`, {
    hint: "Check that it runs: k3d registry list",
    cause,
  });
