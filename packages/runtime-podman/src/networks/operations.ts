import {
  isK3dError,
  K3dError,
  labelFilters,
  type CallOptions,
  type ListOptions,
  type NetworkInfo,
  type NetworkOperations,
  type NetworkSpec,
} from "@k3d/core/runtime";
import {
  failureError,
  failureReason,
  type FailureContext,
  type FailureRule,
} from "../command/failure.js";
import type { PodmanCli } from "../command/podman-cli.js";
import { containerInfo } from "../containers/from-native.js";
import { inspectContainer, inspectContainers } from "../containers/inspect.js";
import { networkInfo, type NetworkJson } from "./from-native.js";

const ADDRESS_OUTSIDE: FailureRule = {
  pattern: /requested static ip \S+ not in any subnet/i,
  code: "INVALID_INPUT",
  hint: "Choose an address inside the subnet of the network",
};
const ALREADY_CONNECTED = /already connected to network|network is already connected/i;
const NOT_CONNECTED = /is not connected to network/i;

export interface ConnectOptions extends CallOptions {
  ipv4Address?: string;
  aliases?: string[];
}

/** Networks by the `podman` command. */
export class PodmanNetworks implements NetworkOperations {
  readonly #cli: PodmanCli;

  constructor(cli: PodmanCli) {
    this.#cli = cli;
  }

  async create(spec: NetworkSpec, options: CallOptions = {}): Promise<NetworkInfo> {
    const context: FailureContext = {
      action: `create network ${spec.name}`,
      fallback: "INVALID_INPUT",
    };
    await this.#cli.text(createArgs(spec), context, options);
    return { ...networkInfo(await this.#inspect(spec.name, options)), containers: [] };
  }

  async inspect(id: string, options: CallOptions = {}): Promise<NetworkInfo> {
    const info = networkInfo(await this.#inspect(id, options));
    const attached = await inspectContainers(this.#cli, [`--filter=network=${info.name}`], options);
    const containers = attached.map(containerInfo).map((container) => {
      const address = container.networks.find(({ name }) => name === info.name)?.ipv4Address;
      const { id: containerId, name } = container;
      return address === undefined
        ? { id: containerId, name }
        : { id: containerId, name, ipv4Address: address };
    });
    return { ...info, containers };
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<
    Omit<NetworkInfo, "containers">[]
  > {
    const filters = labelFilters(labels).map((filter) => `--filter=label=${filter}`);
    const networks = await this.#cli.json<NetworkJson[] | null>(
      ["network", "ls", "--format=json", ...filters],
      { action: "list networks" },
      { signal },
    );
    return (networks ?? []).map(networkInfo);
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    await this.#cli.text(["network", "rm", id], { action: `remove network ${id}` }, options);
  }

  async connect(
    network: string,
    container: string,
    { ipv4Address, aliases = [], ...options }: ConnectOptions = {},
  ): Promise<void> {
    const context: FailureContext = {
      action: `connect container ${container} to network ${network}`,
      rules: [ADDRESS_OUTSIDE],
    };
    const result = await this.#cli.run(
      [
        "network",
        "connect",
        ...(ipv4Address === undefined ? [] : ["--ip", ipv4Address]),
        ...aliases.flatMap((alias) => ["--alias", alias]),
        network,
        container,
      ],
      options,
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
    const result = await this.#cli.run(args, options);
    if (result.exitCode === 0) return;
    const error = failureError(result, {
      action: `disconnect container ${container} from network ${network}`,
    });
    // Podman does not look whether the container is there before it says so.
    if (!NOT_CONNECTED.test(failureReason(result))) throw error;
    await inspectContainer(this.#cli, container, options);
  }

  async #inspect(id: string, options: CallOptions): Promise<NetworkJson> {
    const context = { action: `inspect network ${id}` };
    const [json] = await this.#cli.json<NetworkJson[]>(
      ["network", "inspect", id],
      context,
      options,
    );
    if (json === undefined) throw new K3dError("NOT_FOUND", `There is no network ${id}`);
    return json;
  }
}

function createArgs({
  name,
  labels,
  subnet,
  gateway,
  dynamicRange,
  options = {},
}: NetworkSpec): string[] {
  return [
    "network",
    "create",
    ...Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]),
    ...(subnet === undefined ? [] : ["--subnet", subnet]),
    ...(gateway === undefined ? [] : ["--gateway", gateway]),
    ...(dynamicRange === undefined ? [] : ["--ip-range", dynamicRange]),
    ...Object.entries(options).flatMap(([key, value]) => ["--opt", `${key}=${value}`]),
    name,
  ];
}
