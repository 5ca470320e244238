import { isIP } from "node:net";
import {
  familyOf,
  formatSubnet,
  type NetworkInfo,
  type NetworkSubnet,
  parseSubnet,
} from "@k3d/core/runtime";

/** The part of `podman network inspect` and `network ls --format json` that is read. */
export interface NetworkJson {
  name: string;
  id: string;
  driver: string;
  subnets?: SubnetJson[] | null;
  labels?: Record<string, string> | null;
  ipam_options?: Record<string, string> | null;
}

interface SubnetJson {
  subnet: string;
  gateway?: string;
  lease_range?: { start_ip?: string; end_ip?: string };
}

export function networkInfo(json: NetworkJson): Omit<NetworkInfo, "containers"> {
  const subnets = (json.subnets ?? []).map(networkSubnet);
  return {
    id: json.id,
    name: json.name,
    driver: json.driver,
    labels: json.labels ?? {},
    subnets,
    allowsStaticIp: subnets.length > 0 && json.ipam_options?.["driver"] !== "dhcp",
  };
}

function networkSubnet({ subnet, gateway, lease_range: range }: SubnetJson): NetworkSubnet {
  const result: NetworkSubnet = { subnet };
  if (gateway !== undefined) result.gateway = gateway;
  if (range?.start_ip !== undefined && range.end_ip !== undefined) {
    const cidr = rangeToCidr(range.start_ip, range.end_ip);
    if (cidr !== undefined) result.dynamicRange = cidr;
  }
  return result;
}

/**
 * The smallest CIDR that holds both addresses. Podman tells the first and
 * the last address of a range where a CIDR was given.
 */
export function rangeToCidr(first: string, last: string): string | undefined {
  const family = familyOf(first);
  const bits = family === 4 ? 32 : 128;
  if (isIP(first) !== family || isIP(last) !== family) return undefined;
  const [start, end] = [first, last].map((address) => parseSubnet(`${address}/${bits}`).base);
  if (start === undefined || end === undefined) return undefined;
  const differing = start ^ end;
  const prefix = differing === 0n ? bits : bits - differing.toString(2).length;
  return formatSubnet(parseSubnet(`${first}/${prefix}`));
}
