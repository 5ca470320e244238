import { K3dError } from "../errors/index.js";
import { addressAt, parseSubnet } from "../runtime/subnet.js";
import type { CallOptions, ListOptions } from "../runtime/common.js";
import { matchesSelector } from "../runtime/label-selector.js";
import type { NetworkInfo, NetworkOperations, NetworkSpec } from "../runtime/networks.js";
import { assignAddresses, chooseSubnet, findOverlap, subnetsOf } from "./addresses.js";
import { assertAddress, endpointOf } from "./create-container.js";
import type { MemoryWorld, StoredNetwork } from "./world.js";

type ConnectOptions = NonNullable<Parameters<NetworkOperations["connect"]>[2]>;

export class MemoryNetworks implements NetworkOperations {
  readonly #world: MemoryWorld;

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  async create(spec: NetworkSpec, { signal }: CallOptions = {}): Promise<NetworkInfo> {
    await this.#world.faults.enter("networks.create", spec.name, signal);
    if (this.#world.findNetwork(spec.name)) {
      throw new K3dError("NAME_IN_USE", `A network of the name ${spec.name} exists`, {
        hint: "Choose another name.",
      });
    }
    const subnet = spec.subnet ?? chooseSubnet(this.#world);
    const gateway = spec.gateway ?? addressAt(parseSubnet(subnet), 1);
    for (const wanted of [subnet, ...(spec.ipv6 === undefined ? [] : [spec.ipv6.subnet])]) {
      const other = findOverlap(this.#world, wanted);
      if (other === undefined) continue;
      const taken = subnetsOf(other).map((network) => network.subnet);
      throw new K3dError(
        "NETWORK_IN_USE",
        `Subnet ${wanted} overlaps network '${other.name}' (${taken.join(", ")})`,
        { hint: "Choose another subnet." },
      );
    }
    const network: StoredNetwork = {
      id: this.#world.newId(),
      name: spec.name,
      labels: { ...spec.labels },
      subnet,
      gateway,
      dynamicRange: spec.dynamicRange,
      ipv6: spec.ipv6 && {
        ...spec.ipv6,
        gateway: spec.ipv6.gateway ?? addressAt(parseSubnet(spec.ipv6.subnet), 1),
      },
      configured: spec.subnet !== undefined,
    };
    this.#world.networks.set(network.id, network);
    return this.#info(network);
  }

  async inspect(id: string, { signal }: CallOptions = {}): Promise<NetworkInfo> {
    return this.#info(await this.#enter("networks.inspect", id, signal));
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<
    Omit<NetworkInfo, "containers">[]
  > {
    await this.#world.faults.enter("networks.list", "", signal);
    return [...this.#world.networks.values()]
      .filter((network) => matchesSelector(network.labels, labels))
      .map(summary);
  }

  async remove(id: string, { signal }: CallOptions = {}): Promise<void> {
    const network = await this.#enter("networks.remove", id, signal);
    const members = this.#world.membersOf(network).map(({ name }) => name);
    if (members.length > 0) {
      throw new K3dError(
        "NETWORK_IN_USE",
        `Containers are attached to network '${network.name}': ${members.join(", ")}`,
        {
          hint: "Disconnect or remove its containers first.",
        },
      );
    }
    this.#world.networks.delete(network.id);
  }

  async connect(
    network: string,
    container: string,
    { signal, ...endpoint }: ConnectOptions = {},
  ): Promise<void> {
    const stored = await this.#enter("networks.connect", network, signal);
    const member = this.#world.container(container);
    if (member.endpoints.has(stored.id)) return;
    assertAddress(stored, endpoint);
    const attached = endpointOf(endpoint);
    if (member.active) assignAddresses(this.#world, stored, attached);
    member.endpoints.set(stored.id, attached);
  }

  async disconnect(
    network: string,
    container: string,
    { signal }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    const stored = await this.#enter("networks.disconnect", network, signal);
    this.#world.container(container).endpoints.delete(stored.id);
  }

  async #enter(
    operation: `networks.${string}`,
    id: string,
    signal: AbortSignal | undefined,
  ): Promise<StoredNetwork> {
    await this.#world.faults.enter(operation, this.#world.findNetwork(id)?.name ?? id, signal);
    return this.#world.network(id);
  }

  #info(network: StoredNetwork): NetworkInfo {
    return {
      ...summary(network),
      containers: this.#world.membersOf(network).map((member) => {
        const endpoint = member.endpoints.get(network.id);
        const address = endpoint?.address ?? endpoint?.fixedAddress;
        return {
          id: member.id,
          name: member.name,
          ipv4Address: address,
          ipv6Address: endpoint?.ipv6Address ?? endpoint?.fixedIpv6Address,
        };
      }),
    };
  }
}

function summary(network: StoredNetwork): Omit<NetworkInfo, "containers"> {
  const { id, name, labels, configured } = network;
  return {
    id,
    name,
    driver: "memory",
    labels,
    subnets: subnetsOf(network),
    allowsStaticIp: configured,
  };
}
