import { ApiError } from "../errors.ts";
import type { KubeObject } from "../store/types.ts";
import { tlsRequest } from "../net/tls-client.ts";

/** A small client of the Kubernetes API with a client certificate. */
export class KubeClient {
  readonly #url: string;
  readonly #tls: { ca: string; cert: string; key: string };

  constructor(url: string, tls: { ca: string; cert: string; key: string }) {
    this.#url = url;
    this.#tls = tls;
  }

  /** Throws ApiError for an error status, Error when there is no answer. */
  async request(
    method: string,
    path: string,
    body?: unknown,
    contentType = "application/json",
  ): Promise<KubeObject> {
    const response = await tlsRequest(`${this.#url}${path}`, {
      method,
      ...this.#tls,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { "content-type": contentType } }),
    });
    const parsed = JSON.parse(response.body || "{}") as KubeObject & {
      reason?: string;
      message?: string;
    };
    if (response.status >= 300)
      throw new ApiError(
        response.status,
        parsed.reason ?? "Unknown",
        parsed.message ?? response.statusText,
      );
    return parsed;
  }

  /** Answers undefined for an object that does not exist. */
  async find(path: string): Promise<KubeObject | undefined> {
    try {
      return await this.request("GET", path);
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return undefined;
      throw error;
    }
  }

  patch(path: string, patch: unknown, type = "strategic-merge"): Promise<KubeObject> {
    return this.request("PATCH", path, patch, `application/${type}-patch+json`);
  }
}
