import { K3dError, isK3dError } from "../errors/index.js";
import type { DesiredNetwork } from "../plan/desired.js";
import { dynamicRangeOf, gatewayOf, parseSubnet, subnetOf } from "../runtime/subnet.js";
import { LABELS } from "../model/labels.js";
import type { CallOptions } from "../runtime/common.js";
import type {
  NetworkInfo,
  NetworkOperations,
  NetworkSpec,
  NetworkSubnet,
} from "../runtime/networks.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

const ATTEMPTS = 8;

/**
 * Makes the cluster's network with its subnet written down, because engines allow fixed addresses only so. One that is free
 * to choose is that which the adapter tells, or else which the engine chooses for a network that is only made to see it.
 * Another network may take the subnet in between: then the engine chooses.
 */
export async function createPinnedNetwork(
  { networks }: ContainerRuntime,
  wanted: DesiredNetwork,
  operation: string,
  options: CallOptions,
): Promise<NetworkInfo> {
  const labels = { ...wanted.labels, [LABELS.operation]: operation };
  const network = { ...wanted, labels };
  const { name } = network;
  if (!network.fixedAddresses) {
    return networks.create({ name, labels, subnet: network.subnet }, options);
  }
  if (!network.chooseSubnet && network.subnet !== undefined)
    return networks.create(pinned(network, network.subnet), options);
  const told = await networks.freeSubnet?.(options);
  for (let attempt = 1; ; attempt++) {
    const subnet =
      attempt === 1 && told !== undefined ? told : await probeSubnet(networks, network, options);
    try {
      return await networks.create(pinned(network, subnet), options);
    } catch (error) {
      if (attempt === ATTEMPTS || !isK3dError(error, "NETWORK_IN_USE")) throw error;
    }
  }
}

/** @throws `RUNTIME_ERROR` where the engine gives networks no IPv4 subnet. */
async function probeSubnet(
  networks: NetworkOperations,
  { name, labels }: Pick<NetworkSpec, "name" | "labels">,
  options: CallOptions,
): Promise<string> {
  const { id, subnets } = await networks.create({ name, labels, probe: true }, options);
  await networks.remove(id, options);
  const subnet = subnetOf(subnets, 4)?.subnet;
  if (subnet === undefined) {
    throw new K3dError("RUNTIME_ERROR", `The engine gave network '${name}' no IPv4 subnet`, {
      hint: "Name one with --subnet, e.g. --subnet 172.28.0.0/16.",
    });
  }
  return subnet;
}

function pinned({ name, labels, ipv6 }: DesiredNetwork, subnet: string): NetworkSpec {
  return { name, labels, ...halved(subnet), ipv6: ipv6 && halved(ipv6.subnet) };
}

/** The first address for the host, the lower half for fixed addresses, the upper one for the engine's. */
function halved(subnet: string): NetworkSubnet {
  const parsed = parseSubnet(subnet);
  return { subnet, gateway: gatewayOf(parsed), dynamicRange: dynamicRangeOf(parsed) };
}
