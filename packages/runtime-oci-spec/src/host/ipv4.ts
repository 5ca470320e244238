/** An IPv4 network. */
export interface Cidr {
  /** As it is written, with the host bits cleared: `10.76.0.0/24`. */
  text: string;
  /** First and last address as numbers: network and broadcast address. */
  first: number;
  last: number;
  prefix: number;
}

/** A dotted address as a number; `undefined` when it is none. */
export function parseAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 255)) return undefined;
  return parts.reduce((value, part) => value * 256 + part, 0);
}

export function formatAddress(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** `undefined` when it is no IPv4 network in CIDR notation. */
export function parseCidr(text: string): Cidr | undefined {
  const [address, length, ...rest] = text.split("/");
  const value = parseAddress(address ?? "");
  const prefix = Number(length);
  if (value === undefined || rest.length > 0 || !/^\d{1,2}$/.test(length ?? "") || prefix > 32)
    return undefined;
  const size = 2 ** (32 - prefix);
  const first = value - (value % size);
  return { text: `${formatAddress(first)}/${prefix}`, first, last: first + size - 1, prefix };
}

export function overlaps(one: Cidr, other: Cidr): boolean {
  return one.first <= other.last && other.first <= one.last;
}

export function contains(network: Cidr, address: number): boolean {
  return network.first <= address && address <= network.last;
}

/**
 * A network of that prefix length within `pool` that overlaps none of `used`.
 *
 * @param start number of the candidate to begin with; the others follow in turn.
 */
export function freeSubnet(
  pool: Cidr,
  prefix: number,
  used: readonly Cidr[],
  start = 0,
): Cidr | undefined {
  const size = 2 ** (32 - prefix);
  const count = (pool.last - pool.first + 1) / size;
  for (let number = 0; number < count; number += 1) {
    const first = pool.first + ((start + number) % count) * size;
    const candidate = {
      text: `${formatAddress(first)}/${prefix}`,
      first,
      last: first + size - 1,
      prefix,
    };
    if (!used.some((network) => overlaps(network, candidate))) return candidate;
  }
  return undefined;
}

/** `first..last` without the given addresses, as the ranges that remain. */
export function rangesWithout(
  first: number,
  last: number,
  excluded: readonly number[],
): { first: number; last: number }[] {
  const ranges: { first: number; last: number }[] = [];
  let start = first;
  for (const address of [...new Set(excluded)].toSorted((one, other) => one - other)) {
    if (address < start || address > last) continue;
    if (address > start) ranges.push({ first: start, last: address - 1 });
    start = address + 1;
  }
  if (start <= last) ranges.push({ first: start, last });
  return ranges;
}
