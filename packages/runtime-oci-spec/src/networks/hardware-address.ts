import { createHash } from "node:crypto";
import { parseAddress } from "../host/ipv4.ts";

/**
 * The hardware address of an interface, the same each time it is made.
 *
 * The machine and the neighbours remember whose address is where, some of them
 * for a minute: a container that comes back with another hardware address is
 * not reached until they have forgotten.
 *
 * @param owner stands for an address that is not known yet; unique in the network.
 * @param fixed the IPv4 address where it is known: so a successor is reached as well.
 */
export function hardwareAddress(owner: string, fixed?: string): string {
  const address = fixed === undefined ? undefined : parseAddress(fixed);
  const octets =
    address === undefined
      ? [...createHash("sha256").update(owner).digest().subarray(0, 4)]
      : [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256);
  // Locally administered and unicast: https://www.rfc-editor.org/rfc/rfc7042#section-2.1
  const prefix = address === undefined ? [0x02, 0x4b] : [0x02, 0x4a];
  return [...prefix, ...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
