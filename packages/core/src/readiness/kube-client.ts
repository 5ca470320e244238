import type { KubeconfigEntries } from "../kubeconfig/document.js";

export interface KubeResponse {
  status: number;
  body: string;
}

/** Errors of a name that does not resolve here. */
const UNRESOLVED = new Set(["ENOTFOUND", "EAI_AGAIN"]);

/** GET requests to a cluster's API with the admin's certificate; the server's certificate is checked. */
export class KubeClient {
  private address: { hostname?: string; servername?: string } = {};

  /** @param hostIp asked instead where the name in the URL cannot be resolved on this machine. */
  constructor(
    readonly entries: KubeconfigEntries,
    private readonly hostIp?: string,
  ) {}

  get url(): string {
    return this.entries.cluster.server;
  }

  /** Rejects with the connection's error; any HTTP status is an answer. */
  async get(path: string, signal: AbortSignal, timeoutMs = 5000): Promise<KubeResponse> {
    try {
      return await this.send(path, signal, timeoutMs);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (this.hostIp === undefined || !UNRESOLVED.has(code)) throw error;
      const { hostname: servername } = new URL(this.url);
      const hostname = this.hostIp === "0.0.0.0" || this.hostIp === "" ? "127.0.0.1" : this.hostIp;
      this.address = { hostname, servername };
      return this.send(path, signal, timeoutMs);
    }
  }

  private async send(path: string, signal: AbortSignal, timeoutMs: number): Promise<KubeResponse> {
    const { request } = await import("node:https");
    const decode = (data: string): Buffer => Buffer.from(data, "base64");
    const { cluster, user } = this.entries;
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, cluster.server),
        {
          ...this.address,
          ca: decode(cluster["certificate-authority-data"]),
          cert: decode(user["client-certificate-data"]),
          key: decode(user["client-key-data"]),
          agent: false,
          signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () =>
            resolve({
              status: response.statusCode ?? 0,
              body: Buffer.concat(chunks).toString("utf8"),
            }),
          );
        },
      );
      call.on("error", reject);
      call.end();
    });
  }

  /** Names of the registered Kubernetes nodes. */
  async nodeNames(signal: AbortSignal): Promise<string[]> {
    const { status, body } = await this.get("/api/v1/nodes", signal);
    if (status !== 200) return [];
    const list = JSON.parse(body) as { items?: { metadata?: { name?: string } }[] };
    return (list.items ?? []).flatMap(({ metadata }) => metadata?.name ?? []);
  }
}
