import type { NetworkInfo, NetworkSubnet } from "@k3d/core/runtime";

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
 * The smallest IPv4 CIDR that holds both addresses. Podman tells the first and
 * the last address of a range where a CIDR was given.
 */
export function rangeToCidr(first: string, last: string): string | undefined {
  const start = ipv4(first);
  const end = ipv4(last);
  if (start === undefined || end === undefined) return undefined;
  const prefix = Math.clz32((start ^ end) >>> 0);
  const network = prefix === 0 ? 0 : (start & (-1 << (32 - prefix))) >>> 0;
  const octets = [24, 16, 8, 0].map((shift) => (network >>> shift) & 0xff);
  return `${octets.join(".")}/${prefix}`;
}

function ipv4(address: string): number | undefined {
  const octets = address.split(".").map(Number);
  const valid = octets.length === 4 && octets.every((octet) => octet >= 0 && octet <= 255);
  return valid ? octets.reduce((value, octet) => ((value << 8) | octet) >>> 0, 0) : undefined;
}
