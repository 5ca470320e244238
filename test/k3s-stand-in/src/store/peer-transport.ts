import { Agent, createServer, request as httpsRequest, type Server } from "node:https";
import type { KeyedCertificate } from "../pki/types.ts";
import { messageOf } from "../errors.ts";
import { readBody } from "../net/body.ts";
import type { PeerCall, PeerReply, PeerRequest } from "./raft-types.ts";

export interface PeerTlsFiles {
  /** CA of all members. */
  ca: string;
  own: KeyedCertificate;
}

/** Serves requests of the other members over mutually authenticated TLS. */
export async function servePeers(
  address: string,
  port: number,
  tls: PeerTlsFiles,
  handle: (request: PeerRequest) => Promise<PeerReply>,
): Promise<Server> {
  const server = createServer(
    {
      ca: tls.ca,
      cert: tls.own.certPem,
      key: tls.own.keyPem,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const answer = async (): Promise<void> => {
        const reply = await handle(JSON.parse(await readBody(request)) as PeerRequest);
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
      };
      answer().catch((error: unknown) =>
        response.writeHead(500).end(JSON.stringify({ error: messageOf(error) })),
      );
    },
  );
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, resolve);
  });
  return server;
}

/** Calls other members; connections are kept open. */
export function peerClient(tls: PeerTlsFiles): { call: PeerCall; close: () => void } {
  const agent = new Agent({
    keepAlive: true,
    ca: tls.ca,
    cert: tls.own.certPem,
    key: tls.own.keyPem,
    maxSockets: 16,
  });
  const call: PeerCall = (peerUrl, body, timeoutMs) =>
    new Promise((resolve, reject) => {
      const text = JSON.stringify(body);
      const request = httpsRequest(
        `${peerUrl}/raft`,
        {
          method: "POST",
          agent,
          headers: {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(text),
          },
        },
        (response) => {
          readBody(response)
            .then((content) => {
              const reply = JSON.parse(content) as PeerReply & { error?: string };
              if (response.statusCode === 200) resolve(reply);
              else reject(new Error(reply.error ?? `peer answered ${response.statusCode}`));
            })
            .catch(reject);
        },
      );
      const timer = setTimeout(
        () => request.destroy(new Error(`${peerUrl} did not answer in ${timeoutMs} ms`)),
        timeoutMs,
      );
      request.on("close", () => clearTimeout(timer));
      request.on("error", reject);
      request.end(text);
    });
  return { call, close: () => agent.destroy() };
}
