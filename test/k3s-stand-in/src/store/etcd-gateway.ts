import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Readable } from "node:stream";
import { readBody } from "../net/body.ts";

export interface GatewaySettings {
  /** etcd URLs; the first that answers is used. */
  endpoints: string[];
  ca: string | undefined;
  cert: string | undefined;
  key: string | undefined;
}

/** One key with its value, as etcd's JSON gateway gives it: base64 and decimal strings. */
export interface GatewayKeyValue {
  key: string;
  value?: string;
  mod_revision: string;
}

/** Calls the JSON gateway of an etcd cluster (`/v3/…`). */
export class EtcdGateway {
  readonly #settings: GatewaySettings;

  constructor(settings: GatewaySettings) {
    this.#settings = settings;
  }

  /** Throws when no endpoint answers, or with etcd's own message. */
  async call<T>(path: string, body: unknown, timeoutMs = 5000): Promise<T> {
    const response = await this.#post(path, body, timeoutMs);
    const answer = JSON.parse(await readBody(response)) as T & { error?: string; message?: string };
    if (answer.error) throw new Error(`etcdserver: ${answer.message ?? answer.error}`);
    return answer;
  }

  /** Calls `onLine` for every JSON line of a streaming answer; resolves when the stream ends. */
  async stream(
    path: string,
    body: unknown,
    onLine: (line: unknown) => void,
    onOpen: (stop: () => void) => void,
  ): Promise<void> {
    const response = await this.#post(path, body, undefined);
    onOpen(() => response.destroy());
    let rest = "";
    for await (const chunk of response) {
      rest += (chunk as Buffer).toString("utf8");
      const lines = rest.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line.trim()) onLine(JSON.parse(line));
    }
  }

  async #post(path: string, body: unknown, timeoutMs: number | undefined): Promise<Readable> {
    let failure: unknown;
    for (const endpoint of this.#settings.endpoints) {
      try {
        return await this.#send(
          `${endpoint.trim().replace(/\/$/, "")}${path}`,
          JSON.stringify(body),
          timeoutMs,
        );
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  #send(url: string, text: string, timeoutMs: number | undefined): Promise<Readable> {
    const { ca, cert, key } = this.#settings;
    const options = {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
    };
    return new Promise((resolve, reject) => {
      const request = url.startsWith("https:")
        ? httpsRequest(
            url,
            { ...options, ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) },
            resolve,
          )
        : httpRequest(url, options, resolve);
      if (timeoutMs !== undefined) {
        const timer = setTimeout(
          () => request.destroy(new Error("context deadline exceeded")),
          timeoutMs,
        );
        request.on("close", () => clearTimeout(timer));
      }
      request.on("error", (error) => reject(new Error(`dial ${url}: ${error.message}`)));
      request.end(text);
    });
  }
}
