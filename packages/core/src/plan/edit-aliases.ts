import { parseHostAlias } from "../config/host-aliases.js";
import { LABELS } from "../model/labels.js";
import { runsK3s } from "../model/roles.js";
import { COREDNS_HOSTS_PATH } from "../node/entrypoint.js";
import { coreDnsHosts, HOST_ALIAS, hostAliasEntries } from "../node/host-names.js";
import type { HostEntry } from "../runtime/container-spec.js";
import { aliasesOf } from "./cluster-context.js";
import type { DesiredCluster, DesiredNode } from "./desired.js";
import { fileHashes, parseFileHashes } from "./files-label.js";

/**
 * The cluster with other host aliases: `IP:HOST[,HOST…]` says which names an address has, `IP-` takes it
 * away. Nodes have them in `/etc/hosts`, pods by CoreDNS.
 *
 * @throws `INVALID_INPUT`.
 */
export function withAliases(desired: DesiredCluster, edits: readonly string[]): DesiredCluster {
  if (edits.length === 0) return desired;
  const servers = desired.nodes.filter(({ role }) => role === "server");
  const known = servers.find(({ initServer }) => initServer) ?? servers[0];
  const byAddress = new Map(
    aliasesOf(known?.spec.labels[LABELS.hostAliases]).map(({ ip, hostnames }) => [ip, hostnames]),
  );
  for (const edit of edits) {
    if (edit.endsWith("-") && byAddress.delete(edit.slice(0, -1))) continue;
    const { ip, hostnames } = parseHostAlias(edit);
    byAddress.set(ip, hostnames);
  }
  const aliases = [...byAddress].map(([ip, hostnames]): HostEntry => ({ ip, hostnames }));
  const nodes = desired.nodes.map((node) =>
    runsK3s(node) ? withEntries(node, aliases, desired) : node,
  );
  return { ...desired, nodes };
}

function withEntries(
  node: DesiredNode,
  hostAliases: HostEntry[],
  { network }: DesiredCluster,
): DesiredNode {
  const { [LABELS.hostAliases]: _old, ...labels } = node.spec.labels;
  if (hostAliases.length > 0) labels[LABELS.hostAliases] = JSON.stringify(hostAliases);
  const known = (node.spec.extraHosts ?? []).flatMap(({ ip, hostnames }) =>
    hostnames.includes(HOST_ALIAS) ? [ip] : [],
  );
  const gateways = known.length > 0 ? known : [network.gateway, network.ipv6?.gateway];
  const extraHosts = [...hostAliases, ...hostAliasEntries(gateways)];
  const spec = { ...node.spec, labels, extraHosts };
  if (!node.initServer) return { ...node, spec };
  const [file = { path: COREDNS_HOSTS_PATH, content: "", mode: 0o644 }] = coreDnsHosts(extraHosts);
  const hashes = parseFileHashes(labels[LABELS.files]);
  if (hashes !== undefined)
    labels[LABELS.files] = JSON.stringify({ ...hashes, ...fileHashes([file]) });
  return { ...node, spec, changedFiles: [file] };
}
