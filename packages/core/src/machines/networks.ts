import { K3dError } from "../errors/index.js";
import type { Clock } from "../model/clock.js";
import type { CallOptions, ListOptions } from "../runtime/common.js";
import type { NetworkInfo, NetworkOperations, NetworkSpec } from "../runtime/networks.js";
import type { MachineContainers } from "./containers.js";
import type { Engines, Reached } from "./engines.js";

/** How long engines may take to hear that a network is gone; milliseconds. */
const FORGET_LIMIT_MS = 15_000;
const FORGET_POLL_MS = 200;

/** Networks over all machines. The first one makes them; the others may know them only once a container of theirs has joined. */
export class MachineNetworks implements NetworkOperations {
  readonly #engines: Engines;
  readonly #containers: MachineContainers;
  readonly #clock: Clock;

  constructor(engines: Engines, containers: MachineContainers, clock: Clock) {
    this.#engines = engines;
    this.#clock = clock;
    this.#containers = containers;
  }

  async create(spec: NetworkSpec, options?: CallOptions): Promise<NetworkInfo> {
    const { engine } = this.#engines.first;
    const mtu = spec.mtu ?? (await this.#linkMtu(options));
    return engine.networks.create({ ...spec, overMachines: true, mtu }, options);
  }

  /** The smallest of what the engines' own networks were given: what their administrators say the wire takes. */
  async #linkMtu(options: CallOptions | undefined): Promise<number | undefined> {
    const answers = await this.#engines.having(async ({ engine }) => {
      const { defaultNetwork } = await engine.info(options);
      if (defaultNetwork === undefined) return undefined;
      return (await engine.networks.inspect(defaultNetwork, options)).mtu;
    }, options);
    const known = answers.flatMap(({ value }) => value ?? []);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  async inspect(id: string, options?: CallOptions): Promise<NetworkInfo> {
    const found = await this.#engines.having(
      ({ engine }) => engine.networks.inspect(id, options),
      options,
    );
    const [first] = found;
    if (first === undefined) throw this.#missing(id);
    const same = found.filter(({ value }) => value.id === first.value.id);
    const containers = new Map(
      same.flatMap(({ value }) => value.containers.map((member) => [member.id, member])),
    );
    return { ...first.value, containers: [...containers.values()] };
  }

  async list(options?: ListOptions): Promise<Omit<NetworkInfo, "containers">[]> {
    const answers = await this.#engines.looking(
      ({ engine }) => engine.networks.list(options),
      options,
    );
    const once = new Map<string, Omit<NetworkInfo, "containers">>();
    for (const { value } of answers) {
      for (const network of value) if (!once.has(network.id)) once.set(network.id, network);
    }
    return [...once.values()];
  }

  async remove(id: string, options?: CallOptions): Promise<void> {
    const found = await this.#engines.having(
      ({ engine }) => engine.networks.inspect(id, options),
      options,
    );
    const [maker] = found;
    if (maker === undefined) throw this.#missing(id);
    const network = maker.value;
    const { first } = this.#engines;
    const isOver = maker.name === first.name;
    if (isOver) await this.#refuseUsed(network, first, options);
    await maker.engine.networks.remove(network.id, options);
    if (isOver) await this.#untilForgotten(network, options);
  }

  /** The other engines hear a little later that a network is gone, and would still list it. */
  async #untilForgotten({ id }: NetworkInfo, options: CallOptions | undefined): Promise<void> {
    const deadline = this.#clock.now() + FORGET_LIMIT_MS;
    for (;;) {
      const left = await this.#engines.having(
        ({ engine }) => engine.networks.inspect(id, options),
        options,
      );
      if (left.length === 0 || this.#clock.now() > deadline) return;
      await this.#clock.sleep(FORGET_POLL_MS, options?.signal);
    }
  }

  /** The engine that removes a network counts its own containers only. */
  async #refuseUsed(
    { id, name }: NetworkInfo,
    first: Reached,
    options: CallOptions | undefined,
  ): Promise<void> {
    const members = await this.#engines.all(
      async (machine) =>
        machine.name === first.name
          ? []
          : (await machine.engine.containers.list(options)).filter(({ networks }) =>
              networks.some((network) => network.id === id || network.name === name),
            ),
      options,
    );
    const names = members.flatMap(({ value }) => value.map((member) => member.name));
    if (names.length === 0) return;
    throw new K3dError(
      "NETWORK_IN_USE",
      `Cannot remove network '${name}': containers are attached to it (${names.join(", ")})`,
      { hint: "Disconnect or remove its containers first.", details: { containers: names } },
    );
  }

  async connect(
    ...[network, container, options]: Parameters<NetworkOperations["connect"]>
  ): Promise<void> {
    const { engine } = await this.#containers.machineOf(container, options);
    await engine.networks.connect(network, container, options);
  }

  async disconnect(
    ...[network, container, options]: Parameters<NetworkOperations["disconnect"]>
  ): Promise<void> {
    const { engine } = await this.#containers.machineOf(container, options);
    await engine.networks.disconnect(network, container, options);
  }

  /** A network is known where it was made: that another machine does not answer says nothing. */
  #missing(id: string): K3dError {
    void this.#engines.first;
    return new K3dError("NOT_FOUND", `No such network: ${id}`);
  }
}
