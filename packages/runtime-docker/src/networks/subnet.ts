/**
 * The first usable address of an IPv4 CIDR, by convention the gateway:
 * `10.1.0.0/24` → `10.1.0.1`. `undefined` for anything else.
 */
export function firstAddress(cidr: string): string | undefined {
  const [, address, bits] = /^(\d+\.\d+\.\d+\.\d+)\/(\d+)$/.exec(cidr) ?? [];
  if (address === undefined || bits === undefined || Number(bits) > 30) return undefined;
  const octets = address.split(".").map(Number);
  if (octets.some((octet) => octet > 255)) return undefined;
  const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
  const size = 2 ** (32 - Number(bits));
  const first = value - (value % size) + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
}
