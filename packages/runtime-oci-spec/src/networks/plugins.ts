import type { PortBinding } from "@k3d/core/runtime";
import type { NetworkRecord } from "../store/network-records.ts";
import type { PluginConfig } from "../store/records.ts";
import { formatAddress, parseAddress, parseCidr, rangesWithout } from "../host/ipv4.ts";

export interface InterfaceRequest {
  /** The one address wanted; absent: any of the dynamic range. */
  address?: string;
  hardwareAddress: string;
  /** Addresses never to be given out by chance: fixed ones and those of stopped containers. */
  reserved: readonly string[];
  /** Gets the default route. */
  primary: boolean;
  ports: readonly PortBinding[];
  /** Where the IPAM plugin notes addresses. */
  addresses: string;
  /** Chain for rules of k3d's own in the firewall. */
  adminChain: string;
}

/** The plugins that connect one interface to a network, in their order. */
export function pluginChain(network: NetworkRecord, request: InterfaceRequest): PluginConfig[] {
  const chain: PluginConfig[] = [
    {
      ...driverOptions(network.options),
      type: "bridge",
      name: network.name,
      bridge: network.bridge,
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: ipam(network, request),
      runtimeConfig: { mac: request.hardwareAddress },
      ...(request.address === undefined ? {} : { args: { cni: { ips: [request.address] } } }),
    },
  ];
  if (request.ports.length > 0) {
    const portMappings = request.ports.map(({ hostIp, ...port }) => ({
      ...port,
      hostIP: hostIp,
    }));
    chain.push({
      type: "portmap",
      name: network.name,
      snat: true,
      runtimeConfig: { portMappings },
    });
  }
  chain.push({
    type: "firewall",
    name: network.name,
    backend: "iptables",
    iptablesAdminChainName: request.adminChain,
  });
  return chain;
}

/**
 * host-local gives a wanted address only where a range holds it, and others
 * from any range: so the ranges are the whole subnet for a fixed address, and
 * the dynamic range without the reserved ones otherwise.
 */
function ipam(network: NetworkRecord, request: InterfaceRequest): Record<string, unknown> {
  const routes = request.primary ? [{ dst: "0.0.0.0/0" }] : [];
  const range = (first: number, last: number) => ({
    subnet: network.subnet,
    rangeStart: formatAddress(first),
    rangeEnd: formatAddress(last),
    gateway: network.gateway,
  });
  const subnet = parseCidr(network.subnet);
  if (!subnet) throw new TypeError(`network '${network.name}' has no subnet`);
  const usable = { first: subnet.first + 1, last: subnet.last - 1 };
  const base = { type: "host-local", dataDir: request.addresses, routes };
  if (request.address !== undefined) {
    return { ...base, ranges: [[range(usable.first, usable.last)]] };
  }
  const dynamic = network.dynamicRange === undefined ? undefined : parseCidr(network.dynamicRange);
  const first = Math.max(usable.first, dynamic?.first ?? 0);
  const last = Math.min(usable.last, dynamic?.last ?? Number.POSITIVE_INFINITY);
  const reserved = [network.gateway, ...request.reserved]
    .map(parseAddress)
    .filter((address) => address !== undefined);
  return {
    ...base,
    ranges: [rangesWithout(first, last, reserved).map((part) => range(part.first, part.last))],
  };
}

/** Options of the bridge plugin, whose values are strings in a spec and typed in its configuration. */
function driverOptions(options: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key,
      /^(?:true|false|\d+)$/.test(value) ? (JSON.parse(value) as unknown) : value,
    ]),
  );
}
