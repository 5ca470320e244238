import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import {
  isK3dError,
  unlessMissing,
  K3dError,
  type CallOptions,
  type ListOptions,
  type NetworkInfo,
  type NetworkOperations,
  type NetworkSpec,
  type NetworkSubnet,
} from "@k3d/core/runtime";
import type { NetworkInspectInfo } from "dockerode";
import { toEndpoint } from "../containers/to-native.js";
import type { Engine } from "../engine/engine.js";
import { engineMessage } from "../engine/errors.js";
import { filters } from "../engine/filters.js";
import { firstAddress } from "./subnet.js";

/**
 * Marks networks whose subnet was asked for. The engine allows fixed addresses
 * on these alone and does not tell them from others. Kept out of `labels`.
 */
const CONFIGURED_SUBNET_LABEL = "k3d.runtime.docker.subnet";

/** How often a network is made anew because another one of its name was made at the same time. */
const ATTEMPTS = 6;
/** Longest wait between them, chosen by chance; milliseconds. */
const RETRY_MS = 300;

/** How long a swarm may take to give an overlay its subnet, or to notice that its last container has left; milliseconds. */
const ALLOCATION_LIMIT_MS = 15_000;
const POLL_MS = 100;

/** The engine takes 50 bytes for VXLAN off by itself. */
function overlayOptions({ overMachines, mtu }: NetworkSpec): Record<string, string> {
  return overMachines === true && mtu !== undefined ? { [MTU_OPTION]: String(mtu) } : {};
}

/** The engine's words for a name that several networks have. */
const AMBIGUOUS = /matches found based on name|is ambiguous/i;

type ConnectOptions = NonNullable<Parameters<NetworkOperations["connect"]>[2]>;
type DisconnectOptions = NonNullable<Parameters<NetworkOperations["disconnect"]>[2]>;

interface IpamConfig {
  Subnet?: string;
  Gateway?: string;
  IPRange?: string;
}

/** Left to itself, the engine takes the first address of the dynamic range for its own. */
function toIpam({ subnet, gateway, dynamicRange }: Partial<NetworkSubnet>): IpamConfig[] {
  const config: IpamConfig = {
    Subnet: subnet,
    Gateway: gateway ?? (subnet === undefined ? undefined : firstAddress(subnet)),
    IPRange: dynamicRange,
  };
  // An entry without anything in it is refused.
  return Object.values(config).some((value) => value !== undefined) ? [config] : [];
}

function ipamOf(network: NetworkInspectInfo): IpamConfig[] {
  return network.IPAM?.Config ?? [];
}

/** A range or a missing gateway only occur where the subnet was asked for; engines that choose one fill in both. */
function hasConfiguredSubnet(network: NetworkInspectInfo): boolean {
  if (CONFIGURED_SUBNET_LABEL in (network.Labels ?? {})) return true;
  return ipamOf(network).some(
    (config) => config.Subnet !== undefined && (!config.Gateway || Boolean(config.IPRange)),
  );
}

function toNetwork(network: NetworkInspectInfo): Omit<NetworkInfo, "containers"> {
  const { [CONFIGURED_SUBNET_LABEL]: _, ...labels } = network.Labels ?? {};
  return {
    id: network.Id,
    name: network.Name,
    driver: network.Driver,
    labels,
    subnets: ipamOf(network)
      .filter((config) => config.Subnet)
      .map((config) => ({
        subnet: config.Subnet as string,
        ...gatewayOf(network, config),
        ...(config.IPRange ? { dynamicRange: config.IPRange } : {}),
      })),
    allowsStaticIp: hasConfiguredSubnet(network),
    mtu: mtuOf(network),
  };
}

const MTU_OPTION = "com.docker.network.driver.mtu";

function mtuOf({ Options: options }: NetworkInspectInfo): number | undefined {
  const mtu = Number((options as Record<string, string> | null)?.[MTU_OPTION]);
  return Number.isInteger(mtu) && mtu > 0 ? mtu : undefined;
}

/**
 * The host's address on a bridge. Where a subnet was asked for and no gateway,
 * older engines record none and take the first address of the range, else of
 * the subnet.
 */
function gatewayOf(
  { Driver: driver }: NetworkInspectInfo,
  config: IpamConfig,
): { gateway?: string } {
  // That of an overlay leads to no host.
  if (driver === "overlay") return {};
  const computed =
    driver === "bridge" ? firstAddress(config.IPRange || config.Subnet || "") : undefined;
  const gateway = config.Gateway || computed;
  return gateway ? { gateway } : {};
}

function toNetworkInfo(network: NetworkInspectInfo): NetworkInfo {
  return {
    ...toNetwork(network),
    containers: membersOf(network).map(([id, container]) => {
      const [ipv4Address, ipv6Address] = [container.IPv4Address, container.IPv6Address].map(
        (address) => address?.split("/")[0] || undefined,
      );
      return { id, name: container.Name, ipv4Address, ipv6Address };
    }),
  };
}

/** An overlay lists an endpoint of the engine's own, for services, beside the containers of this machine. */
function membersOf({ Containers: all }: NetworkInspectInfo) {
  return Object.entries(all ?? {}).filter(([id]) => !id.startsWith("lb-"));
}

/** Networks of a Docker engine: user-defined bridges, and overlays over the machines of a swarm. */
export class DockerNetworks implements NetworkOperations {
  readonly #engine: Engine;
  readonly #byDefault: () => Promise<boolean>;

  /** @param byDefault whether its networks may be this machine's, with subnets from the engine's default pool */
  constructor(engine: Engine, byDefault: () => Promise<boolean> = async () => false) {
    this.#engine = engine;
    this.#byDefault = byDefault;
  }

  /**
   * Engines before API 1.44 look for the name before they make the network, so
   * that two calls at once make two of it. Each that sees another takes its own
   * back and tries again a little later, until one finds the other there before.
   */
  async create(spec: NetworkSpec, { signal }: CallOptions = {}): Promise<NetworkInfo> {
    const options = { signal };
    for (let attempt = 1; ; attempt++) {
      await this.#refuseDuplicate(spec.name, signal);
      const id = await this.#make(spec, signal);
      if ((await this.#named(spec.name, options)).length < 2)
        return spec.overMachines === true ? this.#settled(id, options) : this.inspect(id, options);
      await unlessMissing(this.remove(id, options));
      if (attempt === ATTEMPTS) throw nameInUse(spec.name);
      await delay(randomInt(RETRY_MS), undefined, options);
    }
  }

  async #make(spec: NetworkSpec, signal: AbortSignal | undefined): Promise<string> {
    const ipam = [...toIpam(spec), ...(spec.ipv6 === undefined ? [] : toIpam(spec.ipv6))];
    const network = await this.#engine.call("create", "network", spec.name, signal, (options) =>
      this.#engine.docker.createNetwork({
        ...options,
        Name: spec.name,
        Driver: spec.overMachines === true ? "overlay" : "bridge",
        ...(spec.overMachines === true ? { Scope: "swarm", Attachable: true } : {}),
        CheckDuplicate: true,
        // Without a way out there is half as much to set up, and to take away.
        Internal: spec.probe === true,
        Labels: {
          ...spec.labels,
          ...(spec.subnet === undefined ? {} : { [CONFIGURED_SUBNET_LABEL]: spec.subnet }),
        },
        ...(spec.ipv6 === undefined ? {} : { EnableIPv6: true }),
        ...(ipam.length === 0
          ? {}
          : { IPAM: { Driver: "default", Config: ipam as Record<string, string>[] } }),
        Options: { ...overlayOptions(spec), ...spec.options },
      }),
    );
    return network.id;
  }

  async inspect(id: string, { signal }: CallOptions = {}): Promise<NetworkInfo> {
    return toNetworkInfo(
      await this.#engine.call("inspect", "network", id, signal, async (options) => {
        try {
          return await this.#engine.docker.getNetwork(id).inspect(options);
        } catch (error) {
          if (!AMBIGUOUS.test(engineMessage(error))) throw error;
          const [first] = await this.#named(id, { signal });
          if (first === undefined) throw error;
          return this.#engine.docker.getNetwork(first).inspect(options);
        }
      }),
    );
  }

  /** A swarm chooses the subnet of an overlay only after it has answered. */
  async #settled(id: string, options: CallOptions): Promise<NetworkInfo> {
    const limit = AbortSignal.timeout(ALLOCATION_LIMIT_MS);
    for (;;) {
      const network = await this.inspect(id, options);
      if (network.subnets.length > 0 || limit.aborted) return network;
      await delay(POLL_MS, undefined, { signal: options.signal });
    }
  }

  /** Ids of all networks of this name, the oldest one first. */
  async #named(name: string, { signal }: CallOptions): Promise<string[]> {
    const found = await this.#engine.call("list", "network", name, signal, (options) =>
      this.#engine.docker.listNetworks({ ...options, filters: { name: [name] } }),
    );
    return found
      .filter((network) => network.Name === name)
      .toSorted((one, other) => ((one.Created ?? "") < (other.Created ?? "") ? -1 : 1))
      .map((network) => network.Id);
  }

  async list({ labels, signal }: ListOptions = {}): Promise<Omit<NetworkInfo, "containers">[]> {
    return (await this.#list({ ...filters(labels) }, signal)).map(toNetwork);
  }

  async freeSubnet({ signal }: CallOptions = {}): Promise<string | undefined> {
    return this.#engine.call("ask", "engine", "", signal, async () => {
      if (!(await this.#byDefault())) return undefined;
      const [networks, { freeSubnetHere }] = await Promise.all([
        this.#list({}, signal),
        import("./free-subnet.js"),
      ]);
      return freeSubnetHere(networks);
    });
  }

  async #list(
    query: ReturnType<typeof filters>,
    signal: AbortSignal | undefined,
  ): Promise<NetworkInspectInfo[]> {
    return this.#engine.call("list the networks of", "engine", "", signal, (options) =>
      this.#engine.docker.listNetworks({ ...options, ...query }),
    );
  }

  /** The engine itself would remove a network that stopped containers still need. */
  async remove(id: string, { signal }: CallOptions = {}): Promise<void> {
    const network = await this.inspect(id, { signal });
    const members = await this.#engine.call("remove", "network", id, signal, (options) =>
      this.#engine.docker.listContainers({
        ...options,
        all: true,
        filters: { network: [network.id] },
      }),
    );
    if (members.length > 0) {
      const names = members.map((member) => (member.Names[0] ?? member.Id).replace(/^\//, ""));
      throw new K3dError(
        "NETWORK_IN_USE",
        `Cannot remove network '${network.name}': containers are attached to it (${names.join(", ")})`,
        {
          hint: "Disconnect or remove its containers first.",
          details: { containers: names },
        },
      );
    }
    await this.#takeAway(network, signal);
  }

  /** A swarm hears a little later than the engine that the last container has left an overlay. */
  async #takeAway(
    { id, name, driver }: NetworkInfo,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const limit = AbortSignal.timeout(ALLOCATION_LIMIT_MS);
    for (;;) {
      try {
        return await this.#engine.call("remove", "network", name, signal, async (options) => {
          await this.#engine.docker.getNetwork(id).remove(options);
        });
      } catch (error) {
        if (driver !== "overlay" || limit.aborted || !isK3dError(error, "NETWORK_IN_USE"))
          throw error;
        await delay(POLL_MS, undefined, { signal });
      }
    }
  }

  /** The engine itself would accept an unknown network for a container that does not run. */
  async connect(
    network: string,
    container: string,
    { signal, ...endpoint }: ConnectOptions = {},
  ): Promise<void> {
    await this.#engine.call("inspect", "network", network, signal, (options) =>
      this.#engine.docker.getNetwork(network).inspect(options),
    );
    await this.#engine.call(
      `connect container '${container}' to`,
      "network",
      network,
      signal,
      async (options) => {
        try {
          await this.#engine.docker
            .getNetwork(network)
            .connect({ ...options, Container: container, EndpointConfig: toEndpoint(endpoint) });
        } catch (error) {
          if (!/already (?:exists in network|attached to network)/i.test(engineMessage(error)))
            throw error;
        }
      },
    );
  }

  async disconnect(
    network: string,
    container: string,
    { signal, force = false }: DisconnectOptions = {},
  ): Promise<void> {
    await this.#engine.call(
      `disconnect container '${container}' from`,
      "network",
      network,
      signal,
      async (options) => {
        try {
          await this.#engine.docker
            .getNetwork(network)
            .disconnect({ ...options, Container: container, Force: force });
        } catch (error) {
          if (!/is not connected to (?:the )?network/i.test(engineMessage(error))) throw error;
        }
      },
    );
  }

  /** The engine allows several networks of one name; k3d does not. */
  async #refuseDuplicate(name: string, signal: AbortSignal | undefined): Promise<void> {
    try {
      const existing = await this.inspect(name, { signal });
      if (existing.name !== name) return;
    } catch (error) {
      if (isK3dError(error, "NOT_FOUND")) return;
      throw error;
    }
    throw nameInUse(name);
  }
}

function nameInUse(name: string): K3dError {
  return new K3dError(
    "NAME_IN_USE",
    `Cannot create network '${name}': a network of this name exists`,
    {
      hint: "Choose another name, or remove the other network first.",
    },
  );
}
