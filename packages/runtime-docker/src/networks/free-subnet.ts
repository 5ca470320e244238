import { isK3dError, overlaps, parseSubnet } from "@k3d/core/runtime";
import type { NetworkInspectInfo } from "dockerode";
import { readHostNetworks, type HostNetworks } from "./host-networks.js";

/**
 * What the engine gives to bridges after its first one, in this order, unless it is configured otherwise (moby, `ipamutils`).
 * When they are used up it goes on with smaller ones, which are left to itself.
 */
const DEFAULT_POOL = Array.from({ length: 14 }, (_, index) => `172.${18 + index}.0.0/16`);

type Network = Pick<NetworkInspectInfo, "Id" | "Driver" | "IPAM" | "Options">;

/** {@link freeSubnet} beside what this machine has now. */
export async function freeSubnetHere(networks: readonly Network[]): Promise<string | undefined> {
  return freeSubnet(networks, await readHostNetworks());
}

/**
 * The subnet that the engine would take for a bridge now: of its default pool the first that none of its networks, no route
 * and no name server of this machine is in, which is what it looks at itself. `undefined` where that cannot be told: all are
 * taken, or the engine's networks are not those of this machine.
 *
 * @param networks all of the engine's
 */
export function freeSubnet(
  networks: readonly Network[],
  { routes, nameServers }: HostNetworks,
): string | undefined {
  const isHere = networks.some((network) =>
    routes.some(
      (route) => route.device === bridgeOf(network) && subnetsOf(network).includes(route.subnet),
    ),
  );
  if (!isHere) return undefined;
  const taken = parsed([
    ...networks.flatMap(subnetsOf),
    ...routes.map(({ subnet }) => subnet),
    ...nameServers.map((address) => `${address}/32`),
  ]);
  return (
    taken && DEFAULT_POOL.find((subnet) => !taken.some((one) => overlaps(one, parseSubnet(subnet))))
  );
}

/** `undefined` where a driver of somebody's has written something else down. */
function parsed(subnets: readonly string[]): ReturnType<typeof parseSubnet>[] | undefined {
  try {
    return subnets.map(parseSubnet);
  } catch (error) {
    if (isK3dError(error, "INVALID_INPUT")) return undefined;
    throw error;
  }
}

const subnetsOf = ({ IPAM: ipam }: Network): string[] =>
  (ipam?.Config ?? []).flatMap(({ Subnet: subnet }) => subnet || []);

/** The name of the network's device. */
function bridgeOf({ Id: id, Driver: driver, Options: options }: Network): string | undefined {
  if (driver !== "bridge") return undefined;
  const named = (options as Record<string, string> | null)?.["com.docker.network.bridge.name"];
  return named || `br-${id.slice(0, 12)}`;
}
