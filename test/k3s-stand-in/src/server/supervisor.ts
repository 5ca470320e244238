import type { IncomingMessage, ServerResponse } from "node:http";
import type { TLSSocket } from "node:tls";
import type { User } from "../api/authorize.ts";
import type { KubeApi } from "../api/handler.ts";
import type { Objects } from "../api/objects.ts";
import { findResource, type Resource } from "../api/resources.ts";
import { sendJson } from "../api/respond.ts";
import { statusOf } from "../api/status.ts";
import { ApiError, messageOf } from "../errors.ts";
import { log } from "../log.ts";
import type { ClusterPki } from "../pki/cluster-pki.ts";
import type { EtcdDatastore } from "../store/etcd.ts";
import type { ServerConfig } from "./config.ts";
import { ensureNodePassword, NodePasswordRejected } from "./node-password.ts";
import type { Passwd } from "./passwd.ts";

const nodes = findResource("", "v1", "nodes") as Resource;
const endpoints = findResource("", "v1", "endpoints") as Resource;

/** What the supervisor serves; filled in while the server boots. */
export interface SupervisorState {
  config: ServerConfig;
  pki: ClusterPki;
  passwd: Passwd;
  /** Undefined until the API answers. */
  api?: KubeApi;
  objects?: Objects;
  /** Whether the server's own controllers have begun, before which no agent may join. */
  core?: boolean;
  etcd?: EtcdDatastore;
}

/** The handler of port 6443: k3s' own paths before the Kubernetes API. Source: k3s' `pkg/server/handlers/router.go`. */
export function supervisor(
  state: SupervisorState,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    route(state, request, response).catch((error: unknown) => {
      const { code, body } = statusOf(error);
      if (response.headersSent) response.end();
      else sendJson(response, code, body);
    });
  };
}

async function route(
  state: SupervisorState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0] as string;
  if (path === "/cacerts") return sendText(response, state.pki.serverCa);
  if (path === "/ping") return sendText(response, "pong");
  if (path === "/db/info" && state.etcd) {
    requireRole(state, request, ["k3s:server"]);
    return sendJson(response, 200, { members: state.etcd.members });
  }
  if (path.startsWith("/v1-k3s/"))
    return supervised(state, path.slice("/v1-k3s/".length), request, response);
  if (!state.api) throw new ApiError(503, "ServiceUnavailable", "apiserver not ready");
  await state.api.handle(request, response, certificateUser(request));
}

async function supervised(
  state: SupervisorState,
  name: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pki, config } = state;
  if (name === "server-bootstrap") {
    requireRole(state, request, ["k3s:server"]);
    if (!state.etcd) {
      log.warn(
        `Received HTTP bootstrap request from ${remote(request)}, but embedded etcd is not enabled.`,
      );
      throw new ApiError(400, "BadRequest", "etcd disabled");
    }
    return sendJson(response, 200, pki.exportBootstrap());
  }
  const user = requireRole(state, request, ["k3s:agent", "system:nodes"]);
  switch (name) {
    case "client-ca.crt":
      return sendText(response, pki.clientCa);
    case "server-ca.crt":
      return sendText(response, pki.serverCa);
    case "config":
      return sendJson(response, 200, agentSettings(config));
    case "readyz":
      if (!state.objects?.datastore.healthy() || !state.core)
        throw new ApiError(503, "ServiceUnavailable", "runtime core not ready");
      return sendText(response, "ok");
    case "apiservers":
      return sendJson(response, 200, state.objects ? apiServers(state.objects) : []);
    case "serving-kubelet.crt": {
      const node = await verifiedNode(state, user, request);
      const addresses = String(request.headers["k3s-node-ip"] ?? "")
        .split(",")
        .filter(Boolean);
      const made = await pki.issue("server", {
        commonName: node,
        sans: [node, "localhost", "127.0.0.1", ...addresses],
        usages: ["server"],
      });
      return sendText(response, made.certPem + pki.serverCa + made.keyPem);
    }
    case "client-kubelet.crt": {
      const node = await verifiedNode(state, user, request);
      const made = await pki.issue("client", {
        commonName: `system:node:${node}`,
        organizations: ["system:nodes"],
        usages: ["client"],
      });
      return sendText(response, made.certPem + pki.clientCa + made.keyPem);
    }
    case "client-kube-proxy.crt":
    case "client-k3s-controller.crt": {
      const commonName =
        name === "client-kube-proxy.crt" ? "system:kube-proxy" : "system:k3s-controller";
      const made = await pki.issue("client", { commonName, usages: ["client"] });
      return sendText(response, made.certPem + pki.clientCa + made.keyPem);
    }
    default:
      throw new ApiError(404, "NotFound", "404 page not found");
  }
}

/** The settings that an agent takes over from its server. */
function agentSettings(config: ServerConfig): Record<string, unknown> {
  return {
    ClusterIPRange: config.clusterCidrs[0],
    ClusterIPRanges: config.clusterCidrs,
    ServiceIPRange: config.serviceCidrs[0],
    ServiceIPRanges: config.serviceCidrs,
    ClusterDNS: config.clusterDns[0],
    ClusterDNSs: config.clusterDns,
    ClusterDomain: config.clusterDomain,
    FlannelBackend: config.options.string("flannel-backend"),
    HTTPSPort: config.port,
    SupervisorPort: config.port,
    DisableKubeProxy: config.options.bool("disable-kube-proxy"),
  };
}

function apiServers(objects: Objects): string[] {
  const found = objects.find(endpoints, "default", "kubernetes");
  const subsets = (found?.["subsets"] ?? []) as {
    addresses?: { ip: string }[];
    ports?: { port: number }[];
  }[];
  return subsets.flatMap(({ addresses = [], ports = [] }) =>
    addresses.map(({ ip }) => `${ip.includes(":") ? `[${ip}]` : ip}:${ports[0]?.port ?? 6443}`),
  );
}

/** Checks the node's name, identity and password. Throws ApiError 400, 401, 403, 503. */
async function verifiedNode(
  state: SupervisorState,
  user: User,
  request: IncomingMessage,
): Promise<string> {
  const node = String(request.headers["k3s-node-name"] ?? "").toLowerCase();
  const password = String(request.headers["k3s-node-password"] ?? "");
  if (!node) throw new ApiError(400, "BadRequest", "node name not set");
  if (!password) throw new ApiError(400, "BadRequest", "node password not set");
  const identity = user.groups.includes("system:nodes")
    ? user.name.replace(/^system:node:/, "")
    : undefined;
  if (identity !== undefined && identity !== node)
    throw new ApiError(400, "BadRequest", "header node name does not match auth node name");
  const { objects, config } = state;
  if (!objects || !state.core || !objects.datastore.healthy()) {
    // A server's own node is admitted before its API answers, or it could never start.
    if (node === config.nodeName) return node;
    throw new ApiError(503, "ServiceUnavailable", "runtime core not ready");
  }
  if (identity !== undefined && !objects.find(nodes, "", node))
    throw new ApiError(
      401,
      "Unauthorized",
      `unable to verify node identity: nodes "${node}" not found`,
    );
  try {
    await ensureNodePassword(objects, node, password);
  } catch (error) {
    if (error instanceof NodePasswordRejected) throw new ApiError(403, "Forbidden", error.message);
    throw error;
  }
  return node;
}

function remote(request: IncomingMessage): string {
  return `${request.socket.remoteAddress?.replace(/^::ffff:/, "")}:${request.socket.remotePort}`;
}

/** The user of a verified client certificate. */
function certificateUser(request: IncomingMessage): User | undefined {
  const socket = request.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate() as {
    subject?: { CN?: string; O?: string | string[] };
  };
  if (!subject?.CN) return undefined;
  const organizations = subject.O === undefined ? [] : [subject.O].flat();
  return { name: subject.CN, groups: [...organizations, "system:authenticated"] };
}

function requireRole(state: SupervisorState, request: IncomingMessage, roles: string[]): User {
  let user = certificateUser(request);
  const [scheme, credentials] = (request.headers.authorization ?? "").split(" ");
  if (!user && scheme === "Basic" && credentials) {
    const decoded = Buffer.from(credentials, "base64").toString();
    const colon = decoded.indexOf(":");
    try {
      user = state.passwd.authenticate(decoded.slice(0, colon), decoded.slice(colon + 1));
    } catch (error) {
      log.error(`Failed to authenticate request from ${remote(request)}: ${messageOf(error)}`);
      throw new ApiError(401, "Unauthorized", "not authorized");
    }
  }
  const granted = user;
  if (!granted || !granted.groups.some((group) => roles.includes(group)))
    throw new ApiError(403, "Forbidden", "forbidden");
  return granted;
}

function sendText(response: ServerResponse, text: string): void {
  response
    .writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(text) })
    .end(text);
}
