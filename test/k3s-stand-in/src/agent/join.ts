import { existsSync, readFileSync } from "node:fs";
import { X509Certificate } from "node:crypto";
import { messageOf } from "../errors.ts";
import { log } from "../log.ts";
import {
  clusterGet,
  clusterRequest,
  validateToken,
  type ClusterAccess,
} from "../net/cluster-access.ts";
import { writePrivate } from "../pki/cluster-pki.ts";
import type { NodeConfig } from "../server/config.ts";
import { ensureLocalNodePassword } from "./node-password.ts";

/** What an agent got from its server. */
export interface Membership {
  access: ClusterAccess;
  client: { ca: string; cert: string; key: string };
}

/** Ends the retries of a stopped process. */
export interface Stop {
  readonly stopped: boolean;
  /** Resolves after `ms`, or at once when stopped. */
  sleep(ms: number): Promise<void>;
}

/** Joins through `url`, trying for as long as it takes. Source: k3s' `pkg/agent/run.go` and `config.go`. */
export async function joinCluster(
  config: NodeConfig,
  url: string,
  token: string,
  stop: Stop,
  named = url,
): Promise<Membership | undefined> {
  const { retryMs, configRetryMs } = config.knobs;
  const access = await untilStopped(
    stop,
    retryMs,
    () => validateToken(url, token, "node"),
    (reason) => log.error(`Failed to validate connection to cluster at ${named}: ${reason}`),
  );
  if (!access) return undefined;
  return untilStopped(
    stop,
    configRetryMs,
    () => retrieveConfiguration(config, access),
    (reason) => log.info(`Waiting to retrieve agent configuration; server is not ready: ${reason}`),
  );
}

/** Tries until it works or the process is stopped. */
async function untilStopped<T>(
  stop: Stop,
  retryMs: number,
  attempt: () => Promise<T>,
  report: (reason: string) => void,
): Promise<T | undefined> {
  while (!stop.stopped) {
    try {
      return await attempt();
    } catch (error) {
      report(messageOf(error));
      await stop.sleep(retryMs);
    }
  }
  return undefined;
}

async function retrieveConfiguration(
  config: NodeConfig,
  access: ClusterAccess,
): Promise<Membership> {
  const { paths } = config;
  const kept = { cert: paths.agent("client-kubelet.crt"), key: paths.agent("client-kubelet.key") };
  const withCertificate: ClusterAccess =
    existsSync(kept.cert) && existsSync(kept.key)
      ? { ...access, cert: readFileSync(kept.cert, "utf8"), key: readFileSync(kept.key, "utf8") }
      : access;
  const settings = await clusterGet(withCertificate, "/v1-k3s/config").catch((error: unknown) => {
    throw new Error(`failed to retrieve configuration from server: ${messageOf(error)}`);
  });
  JSON.parse(settings);
  for (const name of ["client-ca.crt", "server-ca.crt"])
    writePrivate(paths.agent(name), await clusterGet(withCertificate, `/v1-k3s/${name}`));
  const password = ensureLocalNodePassword(paths.nodePassword);
  for (const name of ["serving-kubelet", "client-kubelet"])
    await fetchNamed(config, withCertificate, access, name, password);
  for (const name of ["client-kube-proxy", "client-k3s-controller"]) {
    const { cert, key } = splitPem(await clusterGet(withCertificate, `/v1-k3s/${name}.crt`));
    writePrivate(paths.agent(`${name}.crt`), cert);
    writePrivate(paths.agent(`${name}.key`), key);
  }
  const cert = readFileSync(kept.cert, "utf8");
  const key = readFileSync(kept.key, "utf8");
  return { access: { ...access, cert, key }, client: { ca: access.ca, cert, key } };
}

/** Gets a certificate that names this node, which takes the node's password. */
async function fetchNamed(
  config: NodeConfig,
  withCertificate: ClusterAccess,
  bare: ClusterAccess,
  name: string,
  password: string,
): Promise<void> {
  const { paths, nodeName, nodeIps } = config;
  const path = `/v1-k3s/${name}.crt`;
  const headers = {
    "k3s-node-name": nodeName,
    "k3s-node-password": password,
    "k3s-node-ip": nodeIps.join(","),
  };
  let response = await clusterRequest(withCertificate, path, { headers });
  if (response.status === 401 && withCertificate.cert) {
    log.info("Node authorization rejected, retrying without client certificate authentication");
    response = await clusterRequest(bare, path, { headers });
  }
  if (response.status === 403) {
    throw new Error(
      `Node password rejected, duplicate hostname or contents of '/etc/rancher/node/password' may not match server node-passwd entry, try enabling a unique node name with the --with-node-id flag`,
    );
  }
  if (response.status !== 200) throw new Error(`${bare.url}${path}: ${response.statusText}`);
  const { cert, key } = splitPem(response.body);
  writePrivate(paths.agent(`${name}.crt`), cert);
  writePrivate(paths.agent(`${name}.key`), key);
}

function splitPem(text: string): { cert: string; key: string } {
  const blocks = text.match(/-----BEGIN [^-]+-----[\s\S]+?-----END [^-]+-----\n?/g) ?? [];
  const isKey = (block: string): boolean => block.includes("PRIVATE KEY");
  const cert = blocks.filter((block) => !isKey(block)).join("");
  if (!cert) throw new Error("no certificate in the server's answer");
  // Throws when it is none.
  const { fingerprint256 } = new X509Certificate(cert);
  log.debug(`certificate ${fingerprint256}`);
  return { cert, key: blocks.filter(isKey).join("") };
}
