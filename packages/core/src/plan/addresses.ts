import { K3dError } from "../errors/index.js";
import type { NodeDefinition } from "../node/node-definition.js";
import { LABELS } from "../model/labels.js";
import {
  FIRST_NODE_OFFSET,
  addressAt,
  fixedAddressCount,
  parseSubnet,
  type Subnet,
} from "../runtime/subnet.js";
import type { DesiredNetwork } from "./desired.js";
import type { Facts } from "./facts.js";
import type { ObservedCluster } from "./observed.js";

/** Addresses for nodes: those that exist keep theirs, others get the lowest that nobody has. */
export class AddressPool {
  private readonly taken: Set<string>;
  private next = FIRST_NODE_OFFSET;

  /** @param taken addresses in use or reserved, by whomever. */
  constructor(
    private readonly subnet: Subnet,
    taken: Iterable<string>,
  ) {
    this.taken = new Set(taken);
  }

  /** @throws `INVALID_INPUT` when the lower half of the subnet, which fixed addresses come from, is full. */
  take(): string {
    for (; this.next < FIRST_NODE_OFFSET + fixedAddressCount(this.subnet); this.next++) {
      const address = addressAt(this.subnet, this.next);
      if (this.taken.has(address)) continue;
      this.taken.add(address);
      return address;
    }
    throw new K3dError(
      "INVALID_INPUT",
      "The cluster's subnet has no address left for another node",
      {
        hint: "Remove a node, or create the cluster with a larger --subnet.",
      },
    );
  }
}

/** The free addresses of a cluster that exists, by family; none where it has no fixed ones. */
export function addressPools(
  { subnet, ipv6, fixedAddresses }: Pick<DesiredNetwork, "subnet" | "ipv6" | "fixedAddresses">,
  observed: ObservedCluster,
): { ipv4?: AddressPool; ipv6?: AddressPool } {
  const poolOf = (cidr: string | undefined): AddressPool | undefined =>
    fixedAddresses && cidr !== undefined
      ? new AddressPool(parseSubnet(cidr), takenAddresses(observed))
      : undefined;
  return { ipv4: poolOf(subnet), ipv6: poolOf(ipv6?.subnet) };
}

function takenAddresses({ nodes, network }: ObservedCluster): string[] {
  const all = [
    ...nodes.flatMap(({ labels, ipv4Address, ipv6Address }) => [
      labels[LABELS.staticIp] ?? ipv4Address ?? [],
      labels[LABELS.staticIpv6] ?? ipv6Address ?? [],
    ]),
    ...(network?.containers ?? []).flatMap(({ ipv4Address, ipv6Address }) => [
      ipv4Address ?? [],
      ipv6Address ?? [],
    ]),
  ];
  return all.flat();
}

/** Gives each node its fixed address of the subnet's family. */
export function assignAddresses(
  nodes: readonly NodeDefinition[],
  subnet: Subnet,
  { existing, existingNetwork }: Facts,
): void {
  const isIpv6 = subnet.family === 6;
  const kept = (isIpv6 ? existing?.ipv6Addresses : existing?.addresses) ?? {};
  const pool = new AddressPool(subnet, [
    ...Object.values(kept),
    ...(existingNetwork?.containers ?? []).flatMap(
      ({ ipv4Address, ipv6Address }) => (isIpv6 ? ipv6Address : ipv4Address) ?? [],
    ),
  ]);
  for (const node of nodes)
    node[isIpv6 ? "ipv6Address" : "address"] = kept[node.name] ?? pool.take();
}
