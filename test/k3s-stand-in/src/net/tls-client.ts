import { request as httpsRequest } from "node:https";
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

/** An HTTPS request whose errors read like those of Go's HTTP client. */
export function tlsRequest(url: string, options: TlsRequest): Promise<TlsResponse> {
  const { method = "GET", ca, cert, key, headers = {}, body, timeoutMs = 10_000 } = options;
  const verb = method.charAt(0) + method.slice(1).toLowerCase();
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      url,
      {
        method,
        agent: false,
        rejectUnauthorized: ca !== undefined,
        ...(ca ? { ca } : {}),
        ...(cert && key ? { cert, key } : {}),
        headers: {
          ...headers,
          ...(body ? { "content-length": String(Buffer.byteLength(body)) } : {}),
        },
      },
      (response) => {
        readBody(response).then(
          (text) =>
            resolve({
              status: response.statusCode ?? 0,
              statusText: `${response.statusCode} ${response.statusMessage}`,
              body: text,
            }),
          reject,
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
    request.on("error", (error) =>
      reject(new Error(`${verb} "${url}": ${goMessage(error as NodeJS.ErrnoException, url)}`)),
    );
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
