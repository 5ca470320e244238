import { K3dError } from "../errors/index.js";

/** An IPv4 network as numbers. */
export interface Subnet {
  base: number;
  prefix: number;
}

/** First host number given to a node: `.1` is the gateway, `.2` stays free for a helper. */
export const FIRST_NODE_OFFSET = 3;

/** @throws `INVALID_INPUT` unless `cidr` is an IPv4 network such as `172.18.0.0/16`. */
export function parseSubnet(cidr: string): Subnet {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr);
  const numbers = match?.slice(1).map(Number) ?? [];
  const prefix = numbers[4] ?? 33;
  if (match === null || prefix > 32 || numbers.slice(0, 4).some((octet) => octet > 255)) {
    throw new K3dError("INVALID_INPUT", `'${cidr}' is not an IPv4 subnet`, {
      hint: "Use CIDR notation, e.g. --subnet 172.28.0.0/16, or --subnet auto.",
    });
  }
  const address = numbers.slice(0, 4).reduce((value, octet) => value * 256 + octet, 0);
  return { base: address - (address % size(prefix)), prefix };
}

const size = (prefix: number): number => 2 ** (32 - prefix);

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** The address with host number `offset`. */
export function addressAt(subnet: Subnet, offset: number): string {
  return formatAddress(subnet.base + offset);
}

/** The gateway that k3d gives to its own networks: the first address. */
export const gatewayOf = (subnet: Subnet): string => addressAt(subnet, 1);

/**
 * The upper half, for the engine's automatic addresses. Fixed ones come from
 * the lower half, so no foreign container can take a stopped node's.
 */
export function dynamicRangeOf(subnet: Subnet): string {
  return `${formatAddress(subnet.base + size(subnet.prefix) / 2)}/${subnet.prefix + 1}`;
}

/** How many host numbers from {@link FIRST_NODE_OFFSET} on lie in the lower half. */
export function fixedAddressCount(subnet: Subnet): number {
  return Math.max(0, size(subnet.prefix) / 2 - FIRST_NODE_OFFSET);
}
