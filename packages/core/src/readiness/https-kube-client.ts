import type { Agent } from "node:https";
import type { KubeconfigEntries } from "../kubeconfig/document.js";
import { addressOf, dialFor, type Dial } from "../runtime/dial.js";
import { reachableAddress } from "../runtime/host-ports.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { KubeClient, KubeRequest, KubeResponse } from "./kube-client.js";

/** Errors of a name that does not resolve here. */
const UNRESOLVED = new Set(["ENOTFOUND", "EAI_AGAIN"]);

/** Over HTTPS; the server's certificate is checked. */
export class HttpsKubeClient implements KubeClient {
  private address: { hostname?: string; servername?: string } = {};
  /** Waiting asks many times a second, and what a new connection costs is taken from nodes that boot. */
  private agent: Agent | undefined;

  /** @param dial opens the connections; default: from this machine */
  constructor(
    readonly entries: KubeconfigEntries,
    private readonly hostIp?: string,
    private readonly dial?: Dial,
  ) {}

  get url(): string {
    return this.entries.cluster.server;
  }

  async send(request: KubeRequest, signal: AbortSignal, timeoutMs = 5000): Promise<KubeResponse> {
    try {
      return await this.ask(request, signal, timeoutMs);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (this.hostIp === undefined || !UNRESOLVED.has(code)) throw error;
      const { hostname: servername } = new URL(this.url);
      this.address = { hostname: reachableAddress(this.hostIp), servername };
      return this.ask(request, signal, timeoutMs);
    }
  }

  private async ask(
    { method = "GET", path, body }: KubeRequest,
    signal: AbortSignal,
    timeoutMs: number,
  ): Promise<KubeResponse> {
    const { Agent, request } = await import("node:https");
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const socket = await this.dial?.(addressOf(this.url), limit);
    const { connect } = await import("node:tls");
    const decode = (data: string): Buffer => Buffer.from(data, "base64");
    const { cluster, user } = this.entries;
    const type = method === "PATCH" ? "application/merge-patch+json" : "application/json";
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, cluster.server),
        {
          ...this.address,
          method,
          headers: body === undefined ? {} : { "Content-Type": type },
          ca: decode(cluster["certificate-authority-data"]),
          cert: decode(user["client-certificate-data"]),
          key: decode(user["client-key-data"]),
          // An agent would make the connection itself.
          ...(socket === undefined
            ? { agent: (this.agent ??= new Agent({ keepAlive: true })) }
            : { createConnection: (options: object) => connect({ ...options, socket }) }),
          signal: limit,
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
      call.on("error", (error: NodeJS.ErrnoException) => {
        const isStale = call.reusedSocket && error.code === "ECONNRESET";
        if (isStale) resolve(this.ask({ method, path, body }, signal, timeoutMs));
        else reject(error);
      });
      call.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/**
 * The factory that the composition root injects. With a runtime, what is on the loopback of its
 * engine's machine is reached through it.
 */
export const httpsKubeClients = (
  runtime?: Pick<ContainerRuntime, "dial">,
): ((entries: KubeconfigEntries, hostIp?: string) => KubeClient) => {
  return (entries, hostIp) =>
    new HttpsKubeClient(entries, hostIp, dialFor(runtime, addressOf(entries.cluster.server).host));
};
