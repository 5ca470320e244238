import type { PortBinding } from "./container-spec.js";

type Address = string | undefined;
type Published = Pick<PortBinding, "hostIp" | "hostPort" | "protocol">;

/**
 * Whether an address stands for all of the host's: those of one family for `0.0.0.0` and `::`, of both
 * where none is named. Engines tell one for the other.
 */
export const isEveryAddress = (hostIp: Address): boolean =>
  hostIp === undefined || ["", "0.0.0.0", "::", "[::]"].includes(hostIp);

/** Whether two addresses to publish at mean the same, as far as engines tell it. */
export const isSameAddress = (one: Address, other: Address): boolean =>
  one === other || (isEveryAddress(one) && isEveryAddress(other));

/** Whether a port can be bound at only one of two addresses, because one is the other or holds it. */
export function sharesAddress(one: Address, other: Address): boolean {
  const families = familiesOf(one).filter((family) => familiesOf(other).includes(family));
  return families.length > 0 && (isEveryAddress(one) || isEveryAddress(other) || one === other);
}

/** Whether only one of two containers can have its port; nothing is known of ports that are left open. */
export const sharesHostPort = (one: Published, other: Published): boolean =>
  one.hostPort !== undefined &&
  one.hostPort === other.hostPort &&
  one.protocol === other.protocol &&
  sharesAddress(one.hostIp, other.hostIp);

/** Where to reach what listens at an address of this host. */
export function reachableAddress(hostIp: Address): string {
  if (hostIp === "::" || hostIp === "[::]") return "::1";
  return hostIp === undefined || isEveryAddress(hostIp) ? "127.0.0.1" : hostIp;
}

function familiesOf(hostIp: Address): readonly (4 | 6)[] {
  if (hostIp === undefined || hostIp === "") return [4, 6];
  return hostIp.includes(":") ? [6] : [4];
}
