import { K3dError } from "../errors/index.js";
import { addressAt, formatAddress, parseSubnet, type Subnet } from "../runtime/subnet.js";
import type { MemoryWorld, StoredNetwork } from "./world.js";

const FIRST_POOL = 18;
const LAST_POOL = 255;

function sizeOf({ prefix }: Subnet): number {
  return 2 ** (32 - prefix);
}

function toNumber(address: string): number {
  return parseSubnet(`${address}/32`).base;
}

/** Whether two CIDRs have an address in common. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseSubnet(one), parseSubnet(other)];
  return a.base < b.base + sizeOf(b) && b.base < a.base + sizeOf(a);
}

export function contains(cidr: string, address: string): boolean {
  const subnet = parseSubnet(cidr);
  const value = toNumber(address);
  return value >= subnet.base && value < subnet.base + sizeOf(subnet);
}

/** A subnet that no network has yet, chosen as Docker does: `172.18.0.0/16` and on. */
export function chooseSubnet(world: MemoryWorld): string {
  for (let second = FIRST_POOL; second <= LAST_POOL; second++) {
    const subnet = `172.${second}.0.0/16`;
    if (![...world.networks.values()].some((network) => overlaps(network.subnet, subnet)))
      return subnet;
  }
  throw new K3dError("NETWORK_IN_USE", "All subnets are taken", {
    hint: "Remove networks that are not needed any more.",
  });
}

/** The address for a container that starts now: the fixed one, or the next free one of the dynamic range. @throws `ADDRESS_IN_USE`. */
export function assignAddress(
  world: MemoryWorld,
  network: StoredNetwork,
  fixed: string | undefined,
): string {
  const taken = new Set([network.gateway]);
  for (const member of world.membersOf(network)) {
    const address = member.endpoints.get(network.id)?.address;
    if (address !== undefined) taken.add(address);
  }
  if (fixed !== undefined) {
    if (taken.has(fixed)) {
      throw new K3dError(
        "ADDRESS_IN_USE",
        `Address ${fixed} on network ${network.name} is in use`,
        {
          hint: "Another container holds this address; choose another one.",
        },
      );
    }
    return fixed;
  }
  const range = parseSubnet(network.dynamicRange ?? network.subnet);
  const whole = parseSubnet(network.subnet);
  for (let offset = 0; offset < sizeOf(range); offset++) {
    const address = addressAt(range, offset);
    const isEdge =
      address === formatAddress(whole.base) ||
      address === formatAddress(whole.base + sizeOf(whole) - 1);
    if (!isEdge && !taken.has(address)) return address;
  }
  throw new K3dError("ADDRESS_IN_USE", `Network ${network.name} has no free address`, {
    hint: "Use a larger subnet.",
  });
}
