import type { ContainerFile } from "../runtime/container-file.js";
import type { HostEntry } from "../runtime/container-spec.js";
import type { ClusterContext } from "./node-definition.js";
import { COREDNS_HOSTS_PATH } from "./entrypoint.js";

/**
 * What CoreDNS shall serve to pods: the same names that nodes have in `/etc/hosts`.
 *
 * Whenever a node joins, k3s writes `NodeHosts` anew from what it made of the old content: since
 * v1.30 the last line of each address, with all its names; before, the lines with a single name
 * (`pkg/node/controller.go`). So an address with several names has lines for either.
 */
export function coreDnsHosts(aliases: readonly HostEntry[]): ContainerFile[] {
  const byAddress = Map.groupBy(aliases, ({ ip }) => ip);
  const lines = [...byAddress].flatMap(([ip, entries]) => {
    const names = [...new Set(entries.flatMap(({ hostnames }) => hostnames))];
    const single = names.map((name) => `${ip} ${name}\n`);
    return names.length > 1 ? [...single, `${ip} ${names.join(" ")}\n`] : single;
  });
  return lines.length === 0
    ? []
    : [{ path: COREDNS_HOSTS_PATH, content: lines.join(""), mode: 0o644 }];
}

/** Name under which nodes and pods reach the machine that the engine runs on. */
export const HOST_ALIAS = "host.k3d.internal";

/** The names that the nodes of a cluster know besides its own: the user's, and that of the engine's machine. */
export function hostEntries({
  hostAliases,
  network,
}: Pick<ClusterContext, "hostAliases" | "network">): HostEntry[] {
  return [...hostAliases, ...hostAliasEntries([network.gateway, network.ipv6?.gateway])];
}

/** The engine's machine, at its addresses on the cluster's network. */
export function hostAliasEntries(gateways: readonly (string | undefined)[]): HostEntry[] {
  return gateways.flatMap((ip) => (ip === undefined ? [] : [{ ip, hostnames: [HOST_ALIAS] }]));
}
