import { Agent, request as httpsRequest } from "node:https";
import { readBody } from "./body.ts";

export interface TlsRequest {
  method?: string;
  /** CA bundle to verify the server with; undefined does not verify. */
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  headers?: Record<string, string>;
  body?: string;
  /** Default 10000, as k3s' client has it. */
  timeoutMs?: number;
}

export interface TlsResponse {
  status: number;
  statusText: string;
  body: string;
}

/** Connections to servers that were verified, kept open for the next request. */
const connections = new Agent({ keepAlive: true, maxSockets: 8, maxFreeSockets: 2 });

/** An HTTPS request whose errors read like those of Go's HTTP client. */
export async function tlsRequest(url: string, options: TlsRequest): Promise<TlsResponse> {
  const verb = options.method ?? "GET";
  for (;;) {
    const attempt = await send(url, options);
    if (!("error" in attempt)) return attempt;
    const { error, reused } = attempt;
    // The server closed a kept connection at the moment when it was used again.
    if (reused && (error.code === "ECONNRESET" || error.code === "EPIPE")) continue;
    throw new Error(
      `${verb.charAt(0)}${verb.slice(1).toLowerCase()} "${url}": ${goMessage(error, url)}`,
    );
  }
}

interface Failure {
  error: NodeJS.ErrnoException;
  /** Whether the connection had been used before. */
  reused: boolean;
}

function send(url: string, options: TlsRequest): Promise<TlsResponse | Failure> {
  const { method = "GET", ca, cert, key, headers = {}, body, timeoutMs = 10_000 } = options;
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ error, reused: request.reusedSocket });
    const request = httpsRequest(
      url,
      {
        method,
        agent: ca === undefined ? false : connections,
        rejectUnauthorized: ca !== undefined,
        ...(ca ? { ca } : {}),
        ...(cert && key ? { cert, key } : {}),
        headers: {
          ...headers,
          ...(body ? { "content-length": String(Buffer.byteLength(body)) } : {}),
        },
      },
      (response) => {
        const status = response.statusCode ?? 0;
        readBody(response).then(
          (text) =>
            resolve({ status, statusText: `${status} ${response.statusMessage}`, body: text }),
          fail,
        );
      },
    );
    const timer = setTimeout(
      () =>
        request.destroy(
          new Error("context deadline exceeded (Client.Timeout exceeded while awaiting headers)"),
        ),
      timeoutMs,
    );
    request.on("close", () => clearTimeout(timer));
    request.on("error", fail);
    request.end(body);
  });
}

function goMessage(
  error: NodeJS.ErrnoException & { address?: string; port?: number; hostname?: string },
  url: string,
): string {
  const { hostname, port } = new URL(url);
  const target = `${error.address ?? hostname}:${error.port ?? (port || "443")}`;
  switch (error.code) {
    case "ECONNREFUSED":
      return `dial tcp ${target}: connect: connection refused`;
    case "ENOTFOUND":
      return `dial tcp: lookup ${hostname}: no such host`;
    case "EAI_AGAIN":
      return `dial tcp: lookup ${hostname}: Temporary failure in name resolution`;
    case "EHOSTUNREACH":
      return `dial tcp ${target}: connect: no route to host`;
    case "ETIMEDOUT":
      return `dial tcp ${target}: i/o timeout`;
    case "ECONNRESET":
      return error.message === "socket hang up"
        ? "EOF"
        : `read tcp ${target}: read: connection reset by peer`;
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return `tls: failed to verify certificate: x509: certificate is not valid for ${hostname}`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
    case "CERT_SIGNATURE_FAILURE":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    default:
      return error.message;
  }
}
