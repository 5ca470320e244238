import { API_PORT } from "../model/defaults.js";
import { LABELS } from "../model/labels.js";
import type { ClusterContext } from "../node/node-definition.js";
import type { HostEntry } from "../runtime/container-spec.js";
import { HOST_ALIAS } from "../node/host-names.js";
import type { DesiredCluster } from "./desired.js";
import type { ObservedCluster, ObservedNode } from "./observed.js";

/** What a cluster that exists says of all its nodes, read back from labels and containers; also for those of the Go k3d. */
export function clusterContext(
  { view, nodes }: ObservedCluster,
  desired: DesiredCluster,
  facts: { version: string; rootless: boolean; hooks: string | undefined },
): ClusterContext {
  const servers = nodes.filter(({ role }) => role === "server");
  const running = servers.filter(({ status }) => status === "running");
  const first = servers.find(({ initServer }) => initServer) ?? servers[0];
  const contact = running.find((node) => node === first) ?? running[0] ?? first;
  const { name, subnet, gateway, ipv6 } = desired.network;
  const resolver = variable(first, "K3D_RESOLVER");
  const loadBalancer = nodes.find(({ role }) => role === "loadbalancer")?.name;
  return {
    name: desired.name,
    id: desired.clusterId,
    token: desired.token,
    version: facts.version,
    network: {
      name,
      external: view.network.external,
      host: name === "host",
      fixedAddresses: desired.network.fixedAddresses,
      overMachines: nodes.some(({ labels }) => labels[LABELS.machine] !== undefined),
      id: view.network.id,
      subnet,
      gateway,
      ipv6,
    },
    rootless: facts.rootless,
    clusterInit: servers.length > 1 || hasEtcd(first),
    imageVolume: view.imageVolume,
    api: desired.api,
    loadBalancer,
    // Any server that runs takes a node in; the first one may be gone.
    url: contact === undefined ? "" : `https://${contact.name}:${API_PORT}`,
    ...(view.expires === undefined ? {} : { expires: view.expires.toISOString() }),
    hooks: facts.hooks,
    hostAliases: aliasesOf(first?.labels[LABELS.hostAliases]),
    resolver,
  };
}

/**
 * Whether a server is a member of k3s' own etcd, which takes further servers: it began one, or joined
 * one. Source: https://docs.k3s.io/datastore/ha-embedded
 */
export function hasEtcd(server: ObservedNode | undefined): boolean {
  const args = server?.info.spec.process.args ?? [];
  const says = (flag: RegExp, name: string): boolean =>
    args.some((arg) => flag.test(arg)) || variable(server, name) !== undefined;
  return (
    !says(/^--datastore-endpoint(=|$)/, "K3S_DATASTORE_ENDPOINT") &&
    (says(/^--cluster-init(=true)?$/, "K3S_CLUSTER_INIT") || says(/^--server(=|$)/, "K3S_URL"))
  );
}

export function variable(node: ObservedNode | undefined, name: string): string | undefined {
  return node?.info.spec.process.env
    .find((entry) => entry.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

/** The label's value, as either tool writes it; nothing for what is none. */
export function aliasesOf(label: string | undefined): HostEntry[] {
  try {
    const value: unknown = label === undefined || label === "" ? [] : JSON.parse(label);
    if (!Array.isArray(value)) return [];
    return (value as HostEntry[]).filter(({ hostnames }) => !hostnames.includes(HOST_ALIAS));
  } catch {
    return [];
  }
}
