import { isIP, isIPv6 } from "node:net";
import { K3dError } from "../errors/index.js";

export type IpFamily = 4 | 6;

/** An IP network as numbers. */
export interface Subnet {
  family: IpFamily;
  base: bigint;
  prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

/** First host number given to a node: `.1` is the gateway, `.2` stays free for a helper. */
export const FIRST_NODE_OFFSET = 3;

/** @throws `INVALID_INPUT` unless `cidr` is a network such as `172.18.0.0/16` or `fd00:1::/64`. */
export function parseSubnet(cidr: string): Subnet {
  const [, text = "", length = ""] = /^([0-9A-Fa-f.:]+)\/(\d{1,3})$/.exec(cidr) ?? [];
  const family = isIP(text);
  const prefix = Number(length);
  if ((family !== 4 && family !== 6) || length === "" || prefix > BITS[family]) {
    throw new K3dError("INVALID_INPUT", `'${cidr}' is not a subnet`, {
      hint: "Use CIDR notation, e.g. --subnet 172.28.0.0/16, or --subnet auto.",
    });
  }
  const address = addressValue(text);
  return { family, base: address - (address % size({ family, prefix })), prefix };
}

/** The family of an address or a network, by its form alone. */
export const familyOf = (text: string): IpFamily => (text.includes(":") ? 6 : 4);

/** The first of these networks that is of the family. */
export function subnetOf<T extends { subnet: string }>(
  subnets: readonly T[],
  family: IpFamily,
): T | undefined {
  return subnets.find(({ subnet }) => familyOf(subnet) === family);
}

const size = ({ family, prefix }: Pick<Subnet, "family" | "prefix">): bigint =>
  1n << BigInt(BITS[family] - prefix);

function addressValue(address: string): bigint {
  if (!isIPv6(address))
    return address.split(".").reduce((value, octet) => (value << 8n) | BigInt(octet), 0n);
  const [head = [], tail = []] = address.split("::").map(groupsOf);
  const zeros = Array.from({ length: GROUPS - head.length - tail.length }, () => 0n);
  return [...head, ...zeros, ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** Groups of 16 bits in an IPv6 address. */
const GROUPS = 8;

/** The last two groups may be written as an IPv4 address. */
function groupsOf(part: string): bigint[] {
  return part.split(":").flatMap((group) => {
    if (group === "") return [];
    if (!group.includes(".")) return [BigInt(`0x${group}`)];
    const value = addressValue(group);
    return [value >> 16n, value & 0xffffn];
  });
}

/** IPv6 in the short form of RFC 5952. */
function formatAddress(value: bigint, family: IpFamily): string {
  const parts = (count: number, bits: bigint): bigint[] =>
    Array.from(
      { length: count },
      (_, place) => (value >> (bits * BigInt(count - 1 - place))) & ((1n << bits) - 1n),
    );
  if (family === 4) return parts(4, 8n).join(".");
  const long = parts(GROUPS, 16n).map((group) => group.toString(16));
  return new URL(`http://[${long.join(":")}]`).hostname.slice(1, -1);
}

/** The network in CIDR notation, without host bits. */
export const formatSubnet = ({ family, base, prefix }: Subnet): string =>
  `${formatAddress(base, family)}/${prefix}`;

/** The address with host number `offset`. */
export function addressAt({ base, family }: Subnet, offset: number): string {
  return formatAddress(base + BigInt(offset), family);
}

/** The gateway that k3d gives to its own networks: the first address. */
export const gatewayOf = (subnet: Subnet): string => addressAt(subnet, 1);

/**
 * The upper half, for the engine's automatic addresses; of IPv6 the third quarter, since Docker 20.10
 * cannot count to the end of a /64. Fixed ones come from the lower half, so no foreign container can
 * take a stopped node's.
 */
export function dynamicRangeOf(subnet: Subnet): string {
  const { family, base, prefix } = subnet;
  const narrower = family === 4 ? 1 : 2;
  return formatSubnet({ family, base: base + size(subnet) / 2n, prefix: prefix + narrower });
}

/** How many host numbers from {@link FIRST_NODE_OFFSET} on lie in the lower half. */
export function fixedAddressCount(subnet: Subnet): number {
  return Math.max(0, Number(size(subnet) / 2n) - FIRST_NODE_OFFSET);
}

/** Whether two networks share an address: then one holds the other's first. */
export function overlaps(one: Subnet, other: Subnet): boolean {
  if (one.family !== other.family) return false;
  const [wide, narrow] = one.prefix < other.prefix ? [one, other] : [other, one];
  return wide.base <= narrow.base && narrow.base < wide.base + size(wide);
}

/** Whether an address, of either family, lies in the network. */
export function containsAddress(subnet: Subnet, address: string): boolean {
  const prefix = BITS[familyOf(address)];
  return overlaps(subnet, parseSubnet(`${address}/${prefix}`)) && subnet.prefix <= prefix;
}
