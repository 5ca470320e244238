import { hashOfCa } from "../pki/cluster-pki.ts";
import { messageOf } from "../errors.ts";
import { log } from "../log.ts";
import { parseToken } from "../server/token.ts";
import { tlsRequest, type TlsRequest } from "./tls-client.ts";

/** A validated way to a server: its URL, its CA, and the credentials of the token. */
export interface ClusterAccess {
  url: string;
  ca: string;
  username: string;
  password: string;
  cert?: string | undefined;
  key?: string | undefined;
}

/**
 * Fetches the server's CA and checks it against the token's hash; the password
 * is only checked by later requests. Source: k3s' `pkg/clientaccess/token.go`.
 */
export async function validateToken(
  server: string,
  token: string,
  user: string,
): Promise<ClusterAccess> {
  const { caHash, username, password } = parseToken(token);
  if (!server.startsWith("https://"))
    throw new Error(`only https:// URLs are supported, invalid scheme: ${server}`);
  const url = server.replace(/\/+$/, "");
  const cacerts = `${url}/cacerts`;
  const wrap =
    (what: string) =>
    (error: unknown): never => {
      throw new Error(`${what}: ${messageOf(error)}`);
    };
  const first = await tlsRequest(cacerts, {}).catch(wrap("failed to get CA certs"));
  if (first.status !== 200)
    throw new Error(`failed to get CA certs: ${cacerts}: ${first.statusText}`);
  const ca = first.body;
  const second = await tlsRequest(cacerts, { ca }).catch(wrap("CA cert validation failed"));
  if (second.status !== 200)
    throw new Error(`CA cert validation failed: ${cacerts}: ${second.statusText}`);
  if (caHash === "") {
    log.warn(
      "Cluster CA certificate is not trusted by the host CA bundle, but the token does not include a CA hash. Use the full token from the server's node-token file to enable Cluster CA validation.",
    );
  } else if (caHash !== hashOfCa(ca))
    throw new Error(
      `token CA hash does not match the Cluster CA certificate hash: ${caHash} != ${hashOfCa(ca)}`,
    );
  return { url, ca, username: username || user, password };
}

/** GETs a path of the server. Throws `<url>: <status>` on any other status than 200. */
export async function clusterGet(
  access: ClusterAccess,
  path: string,
  options: TlsRequest = {},
): Promise<string> {
  const response = await clusterRequest(access, path, options);
  if (response.status !== 200) throw new Error(`${access.url}${path}: ${response.statusText}`);
  return response.body;
}

export async function clusterRequest(
  access: ClusterAccess,
  path: string,
  options: TlsRequest = {},
): Promise<{ status: number; statusText: string; body: string }> {
  const basic = Buffer.from(`${access.username}:${access.password}`).toString("base64");
  return tlsRequest(`${access.url}${path}`, {
    ca: access.ca,
    cert: access.cert,
    key: access.key,
    ...options,
    headers: { authorization: `Basic ${basic}`, ...options.headers },
  });
}
