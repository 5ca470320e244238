import { K3dError } from "../errors/index.js";
import type { NetworkSubnet } from "../runtime/networks.js";
import {
  addressAt,
  containsAddress,
  overlaps,
  parseSubnet,
  type Subnet,
} from "../runtime/subnet.js";
import type { Endpoint } from "./container.js";
import type { MemoryWorld, StoredNetwork } from "./world.js";

const FIRST_POOL = 18;
const LAST_POOL = 255;

/** The networks of a stored one, of both families. */
export function subnetsOf({ subnet, gateway, dynamicRange, ipv6 }: StoredNetwork): NetworkSubnet[] {
  return [{ subnet, gateway, dynamicRange }, ...(ipv6 === undefined ? [] : [ipv6])];
}

/** Another network that has addresses of this one. */
export function findOverlap(world: MemoryWorld, subnet: string): StoredNetwork | undefined {
  return [...world.networks.values()].find((network) =>
    subnetsOf(network).some((taken) => overlaps(parseSubnet(taken.subnet), parseSubnet(subnet))),
  );
}

/** A subnet that no network has yet, chosen as Docker does: `172.18.0.0/16` and on. */
export function chooseSubnet(world: MemoryWorld): string {
  for (let second = FIRST_POOL; second <= LAST_POOL; second++) {
    const subnet = `172.${second}.0.0/16`;
    if (findOverlap(world, subnet) === undefined) return subnet;
  }
  throw new K3dError("NETWORK_IN_USE", "All subnets are taken", {
    hint: "Remove networks that are not needed any more.",
  });
}

/** Gives the endpoint of a container that starts now its addresses: fixed ones, or the next free ones of the dynamic range. @throws `ADDRESS_IN_USE`. */
export function assignAddresses(
  world: MemoryWorld,
  network: StoredNetwork,
  endpoint: Endpoint,
): void {
  const others = world
    .membersOf(network)
    .flatMap((member) => member.endpoints.get(network.id) ?? [])
    .filter((other) => other !== endpoint);
  const taken = new Set(
    others.flatMap(({ address, ipv6Address }) => [address, ipv6Address]).filter(Boolean),
  );
  const { ipv6 } = network;
  const address = freeAddress(network, network, taken, endpoint.fixedAddress);
  const ipv6Address = ipv6 && freeAddress(network, ipv6, taken, endpoint.fixedIpv6Address);
  Object.assign(endpoint, { address, ipv6Address });
}

function freeAddress(
  { name }: StoredNetwork,
  { subnet, gateway, dynamicRange }: NetworkSubnet,
  taken: ReadonlySet<string | undefined>,
  fixed: string | undefined,
): string {
  if (fixed !== undefined) {
    if (!taken.has(fixed) && fixed !== gateway) return fixed;
    throw new K3dError("ADDRESS_IN_USE", `Address ${fixed} on network '${name}' is in use`, {
      hint: "Another container holds this address; choose another one.",
    });
  }
  const range = parseSubnet(dynamicRange ?? subnet);
  const whole = parseSubnet(subnet);
  const edges = [addressAt(whole, 0), ...(whole.family === 4 ? [lastAddress(whole)] : [])];
  for (let offset = 0; ; offset++) {
    const address = addressAt(range, offset);
    if (!containsAddress(range, address)) break;
    if (!taken.has(address) && address !== gateway && !edges.includes(address)) return address;
  }
  throw new K3dError("ADDRESS_IN_USE", `Network '${name}' has no free address`, {
    hint: "Use a larger subnet.",
  });
}

/** Of an IPv4 network: its broadcast address. */
const lastAddress = (subnet: Subnet): string => addressAt(subnet, 2 ** (32 - subnet.prefix) - 1);
