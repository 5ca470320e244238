import {
  gatewayOf,
  isK3dError,
  K3dError,
  parseSubnet,
  type CallOptions,
  type ListOptions,
  type NetworkInfo,
  type NetworkOperations,
  type NetworkAttachment,
  type NetworkSpec,
  type NetworkSubnet,
} from "@k3d/core/runtime";
import {
  failureError,
  failureReason,
  type FailureContext,
  type FailureRule,
} from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { containerInfo } from "../containers/from-native.js";
import { byLabels, inspectContainer, inspectContainers } from "../containers/inspect.js";
import { networkInfo, type NetworkJson } from "./from-native.js";

const ADDRESS_OUTSIDE: FailureRule = {
  pattern: /requested static ip \S+ not in any subnet/i,
  code: "INVALID_INPUT",
  hint: "Choose an address inside the subnet of the network",
};
const ALREADY_CONNECTED = /already connected to network|network is already connected/i;
const NOT_CONNECTED = /is not connected to network/i;

export type ConnectOptions = CallOptions &
  Pick<NetworkAttachment, "ipv4Address" | "ipv6Address" | "aliases">;

/** Networks by the `podman` command. */
export class PodmanNetworks implements NetworkOperations {
  readonly #cli: PodmanCli;

  constructor(cli: PodmanCli) {
    this.#cli = cli;
  }

  async create(spec: NetworkSpec, options: CallOptions = {}): Promise<NetworkInfo> {
    const context: FailureContext = {
      action: `create network '${spec.name}'`,
      fallback: "INVALID_INPUT",
    };
    await this.#cli.text(createArgs(spec), context, options);
    return { ...networkInfo(await this.#inspect(spec.name, options)), containers: [] };
  }

  async inspect(id: string, options: CallOptions = {}): Promise<NetworkInfo> {
    const info = networkInfo(await this.#inspect(id, options));
    const members = await inspectContainers(this.#cli, [`--filter=network=${info.name}`], options);
    const containers = members.map(containerInfo).map((container) => {
      const attached = container.networks.find(({ name }) => name === info.name);
      const { id: containerId, name } = container;
      const { ipv4Address, ipv6Address } = attached ?? {};
      return { id: containerId, name, ipv4Address, ipv6Address };
    });
    return { ...info, containers };
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<
    Omit<NetworkInfo, "containers">[]
  > {
    const filters = byLabels(labels);
    const networks = await this.#cli.json<NetworkJson[] | null>(
      ["network", "ls", "--format=json", ...filters],
      { action: "list networks" },
      { signal },
    );
    return (networks ?? []).map(networkInfo);
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    await this.#cli.text(["network", "rm", id], { action: `remove network '${id}'` }, options);
  }

  async connect(
    network: string,
    container: string,
    { ipv4Address, ipv6Address, aliases = [], ...options }: ConnectOptions = {},
  ): Promise<void> {
    const context: FailureContext = {
      action: `connect container '${container}' to network '${network}'`,
      rules: [ADDRESS_OUTSIDE],
    };
    const result = await this.#cli.run(
      [
        "network",
        "connect",
        ...(ipv4Address === undefined ? [] : ["--ip", ipv4Address]),
        ...(ipv6Address === undefined ? [] : ["--ip6", ipv6Address]),
        ...aliases.flatMap((alias) => ["--alias", alias]),
        network,
        container,
      ],
      { ...options, unbroken: true },
    );
    if (result.exitCode === 0 || ALREADY_CONNECTED.test(failureReason(result))) return;
    const error = failureError(result, context);
    // Podman notes the connection before it makes it, and keeps the note when that fails.
    if (!isK3dError(error, "NOT_FOUND")) {
      await this.#cli.run(["network", "disconnect", "--force", network, container]);
    }
    throw error;
  }

  async disconnect(
    network: string,
    container: string,
    { force = false, ...options }: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    const args = ["network", "disconnect", ...(force ? ["--force"] : []), network, container];
    const result = await this.#cli.run(args, { ...options, unbroken: true });
    if (result.exitCode === 0) return;
    const error = failureError(result, {
      action: `disconnect container '${container}' from network '${network}'`,
    });
    // Podman does not look whether the container is there before it says so.
    if (!NOT_CONNECTED.test(failureReason(result))) throw error;
    await inspectContainer(this.#cli, container, options);
  }

  async #inspect(id: string, options: CallOptions): Promise<NetworkJson> {
    const context = { action: `inspect network '${id}'` };
    const [json] = await this.#cli.json<NetworkJson[]>(
      ["network", "inspect", id],
      context,
      options,
    );
    if (json === undefined) throw new K3dError("NOT_FOUND", `Network '${id}' does not exist`);
    return json;
  }
}

export function createArgs({ name, labels, ipv6, options = {}, ...ipv4 }: NetworkSpec): string[] {
  return [
    "network",
    "create",
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...(ipv6 === undefined ? [] : ["--ipv6"]),
    ...subnetArgs([ipv4, ...(ipv6 === undefined ? [] : [ipv6])]),
    ...Object.entries(options).flatMap(([key, value]) => ["--opt", `${key}=${value}`]),
    name,
  ];
}

/** Podman matches the first gateway with the first subnet, and so on: those that have more come first. */
function subnetArgs(subnets: readonly Partial<NetworkSubnet>[]): string[] {
  const fieldsOf = (subnet: Partial<NetworkSubnet>): number =>
    Object.values(subnet).filter((value) => value !== undefined).length;
  const withGateways = subnets.some(({ gateway }) => gateway !== undefined);
  return subnets
    .map(({ subnet, gateway, dynamicRange }) => ({
      subnet,
      gateway:
        gateway ??
        (withGateways && subnet !== undefined ? gatewayOf(parseSubnet(subnet)) : undefined),
      dynamicRange,
    }))
    .toSorted((one, other) => fieldsOf(other) - fieldsOf(one))
    .flatMap(({ subnet, gateway, dynamicRange }) => [
      ...(subnet === undefined ? [] : ["--subnet", subnet]),
      ...(gateway === undefined ? [] : ["--gateway", gateway]),
      ...(dynamicRange === undefined ? [] : ["--ip-range", dynamicRange]),
    ]);
}
