import type { NodeDefinition } from "../node/node-definition.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { CLUSTER_CIDR, SERVICE_CIDR } from "../node/ip-families.js";
import { optionValue } from "../node/kubernetes-node.js";
import { runsK3s } from "../model/roles.js";

/** The way out to the internet that nodes shall use. */
export interface ProxyFacts {
  http?: string;
  https?: string;
  /** The user's own exceptions, as in `NO_PROXY`. */
  noProxy?: string;
  /** Certificates of the proxy's authority, PEM. */
  ca?: string;
}

/** Go programs trust every file in this directory, besides the image's own bundle. */
const CA_PATH = "/etc/ssl/certs/k3d-proxy-ca.pem";

/** Gives the k3s nodes the proxy's variables and certificates; `direct` (names, networks) is reached without it. */
export function applyProxy(
  nodes: readonly NodeDefinition[],
  proxy: ProxyFacts,
  direct: readonly string[],
): void {
  for (const node of nodes.filter(runsK3s)) {
    if (proxy.http !== undefined) node.env.push(`HTTP_PROXY=${proxy.http}`);
    if (proxy.https !== undefined) node.env.push(`HTTPS_PROXY=${proxy.https}`);
    if (proxy.http !== undefined || proxy.https !== undefined) {
      node.env.push(`NO_PROXY=${noProxy(proxy, direct, nodes)}`);
    }
    if (proxy.ca !== undefined) node.files.push(caFile(proxy.ca));
  }
}

function noProxy(
  proxy: ProxyFacts,
  direct: readonly string[],
  nodes: readonly NodeDefinition[],
): string {
  const args = nodes.find(({ initServer }) => initServer)?.k3sArgs ?? [];
  const entries = [
    ...(proxy.noProxy ?? "").split(",").map((entry) => entry.trim()),
    "localhost",
    "127.0.0.1",
    "::1",
    ".svc",
    `.${optionValue(args, "--cluster-domain") ?? "cluster.local"}`,
    optionValue(args, "--cluster-cidr") ?? CLUSTER_CIDR,
    optionValue(args, "--service-cidr") ?? SERVICE_CIDR,
    "host.k3d.internal",
    ...direct,
  ];
  return [...new Set(entries.filter(Boolean))].join(",");
}

const caFile = (content: string): ContainerFile => ({
  path: CA_PATH,
  content,
  mode: 0o644,
  description: "proxy's authority",
});
