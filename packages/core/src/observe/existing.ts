import { LABELS } from "../model/labels.js";
import type { ExistingFacts } from "../plan/facts.js";
import type { ObservedCluster, ObservedNode } from "../plan/observed.js";
import { anyServer } from "../node/find.js";

/** What a cluster keeps when its config is applied again, unless the config says otherwise. */
export function existingFacts({ view, nodes, ownVolumes }: ObservedCluster): ExistingFacts {
  const server = anyServer(nodes);
  const apiPort = view.api?.port;
  return {
    token: view.token ?? "",
    image: server?.image ?? "",
    apiPort,
    ...(view.expires === undefined ? {} : { expires: view.expires.toISOString() }),
    addresses: fixedAddresses(nodes),
    ipv6Addresses: fixedIpv6Addresses(nodes),
    ipv6Subnet: nodes.map(({ labels }) => labels[LABELS.networkIpv6Range]).find(Boolean),
    machines: Object.fromEntries(
      nodes.flatMap(({ name, labels }) => {
        const machine = labels[LABELS.machine];
        return machine === undefined ? [] : [[name, machine] as const];
      }),
    ),
    externalNetwork: view.network.external,
    ownVolumes: new Set(ownVolumes),
    registryPorts: Object.fromEntries(
      nodes.flatMap(({ name, role, ports, labels }) => {
        const port = ports[0]?.hostPort ?? Number(labels[LABELS.registryPortExternal]);
        return role === "registry" && Number.isInteger(port) && port > 0
          ? [[name, port] as const]
          : [];
      }),
    ),
  };
}

/** Each node's fixed IPv6 address in a dual-stack cluster: what its container asks for. */
function fixedIpv6Addresses(nodes: readonly ObservedNode[]): Record<string, string> {
  return Object.fromEntries(
    nodes.flatMap(({ name, labels, info }) => {
      if (labels[LABELS.networkIpv6Range] === undefined) return [];
      const address = info.networks.find((network) => network.fixedIpv6Address)?.fixedIpv6Address;
      return address === undefined
        ? []
        : [...new Set([name, info.hostname])].map((own) => [own, address] as const);
    }),
  );
}

/**
 * Each node's fixed address: what its container asks for. A load balancer that the Go k3d made anew
 * has its address in the label alone, and gets it back; other labels are not believed, since that tool
 * copies them to nodes that it adds. One that somebody renamed is known by its host name too.
 */
export function fixedAddresses(nodes: readonly ObservedNode[]): Record<string, string> {
  const present = new Set(nodes.map(({ name }) => name));
  const asked = nodes.flatMap(({ name, info }) => {
    const address = info.networks.find((network) => network.fixedIpv4Address)?.fixedIpv4Address;
    if (address === undefined) return [];
    const known = present.has(info.hostname) ? [name] : [name, info.hostname];
    return known.map((own) => [own, address] as const);
  });
  const taken = new Set(asked.map(([, address]) => address));
  const labelled = nodes.flatMap(({ name, role, labels }) => {
    const address = labels[LABELS.staticIp];
    return role !== "loadbalancer" || address === undefined || taken.has(address)
      ? []
      : [[name, address] as const];
  });
  return Object.fromEntries([...labelled, ...asked]);
}
