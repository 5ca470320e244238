import { K3dError } from "../errors/index.js";
import type { NodeDefinition } from "../node/node-definition.js";
import { FIRST_NODE_OFFSET, addressAt, fixedAddressCount, type Subnet } from "../runtime/subnet.js";
import type { Facts } from "./facts.js";

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
