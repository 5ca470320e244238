import {
  K3dError,
  matchesSelector,
  throwIfAborted,
  type CallOptions,
  type ListOptions,
  type NetworkInfo,
  type NetworkOperations,
  type NetworkSpec,
} from "@k3d/core/runtime";
import { liveContainer } from "../engine/runtime-program.ts";
import type { Engine } from "../engine/engine.ts";
import { subnetOf, type NetworkRecord } from "../store/network-records.ts";
import {
  containerNotFound,
  type AttachedInterface,
  type ContainerRecord,
} from "../store/records.ts";
import { attach, detach, promotePrimary } from "./attach.ts";
import { refreshHosts } from "./hosts.ts";
import { createNetwork, membersOf, removeNetwork } from "./lifecycle.ts";
import { requireAddress } from "./subnets.ts";

export class OciNetworks implements NetworkOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async create(spec: NetworkSpec, options: CallOptions = {}): Promise<NetworkInfo> {
    throwIfAborted(options.signal);
    const record = await createNetwork(this.#engine, spec, options.signal);
    return this.#info(record, []);
  }

  async inspect(id: string, options: CallOptions = {}): Promise<NetworkInfo> {
    throwIfAborted(options.signal);
    const record = await this.#engine.networks.find(id);
    const members = await membersOf(this.#engine, record.name);
    const containers = await Promise.all(
      members.map(async ({ id: containerId, name, networks }) => {
        const state = await this.#engine.records.readState(containerId);
        const current = state.interfaces.find(
          ({ network }) => network === record.name,
        )?.ipv4Address;
        const ipv4Address =
          current ?? networks.find((network) => network.name === record.name)?.ipv4Address;
        return { id: containerId, name, ipv4Address };
      }),
    );
    return this.#info(record, containers);
  }

  async list(options: ListOptions = {}): Promise<Omit<NetworkInfo, "containers">[]> {
    throwIfAborted(options.signal);
    const records = (await this.#engine.networks.all()).filter(({ labels }) =>
      matchesSelector(labels, options.labels ?? {}),
    );
    return records.map((record) => {
      const { containers: _containers, ...info } = this.#info(record, []);
      return info;
    });
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    await removeNetwork(this.#engine, id, options.signal);
  }

  async connect(
    network: string,
    container: string,
    options: CallOptions & { ipv4Address?: string; aliases?: string[] } = {},
  ): Promise<void> {
    throwIfAborted(options.signal);
    const { name } = await this.#engine.networks.find(network);
    const { ipv4Address, aliases } = options;
    if (ipv4Address !== undefined)
      requireAddress(await this.#engine.networks.find(network), ipv4Address);
    await this.#change(container, async (record) => {
      if (record.networks.some((attachment) => attachment.name === name)) return;
      if (record.spec.hostNetwork)
        throw new K3dError("INVALID_INPUT", `Container '${record.name}' uses the host's network`);
      const attachment = {
        name,
        ipv4Address,
        aliases,
      };
      const attached: ContainerRecord = { ...record, networks: [...record.networks, attachment] };
      // Noted first: whatever happens next, the network then counts the container as its member.
      await this.#engine.records.write(attached);
      try {
        await this.#plug(attached, attachment, options.signal);
      } catch (error) {
        await this.#unplug(attached, name);
        await this.#engine.records.write(record);
        throw error;
      }
    });
    await refreshHosts(this.#engine, [name]);
  }

  async disconnect(
    network: string,
    container: string,
    options: CallOptions & { force?: boolean } = {},
  ): Promise<void> {
    throwIfAborted(options.signal);
    const { name } = await this.#engine.networks.find(network);
    const affected = await this.#change(container, async (record) => {
      await this.#unplug(record, name);
      await this.#engine.records.write({
        ...record,
        networks: record.networks.filter((attachment) => attachment.name !== name),
      });
      return record;
    });
    await refreshHosts(
      this.#engine,
      affected.networks.map((attachment) => attachment.name),
    );
  }

  async #plug(
    record: ContainerRecord,
    attachment: ContainerRecord["networks"][number],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const live = await liveContainer(this.#engine, record.id, signal);
    if (live?.status !== "running" && live?.status !== "paused") return;
    const state = await this.#engine.records.readState(record.id);
    await attach(this.#engine, {
      record,
      state,
      attachment,
      interfaces: state.interfaces,
      ports: [],
      save: (interfaces) => this.#saveInterfaces(record.id, interfaces),
      signal,
    });
  }

  async #unplug({ id }: ContainerRecord, network: string): Promise<void> {
    const { interfaces } = await this.#engine.records.readState(id);
    const gone = interfaces.filter((attached) => attached.network === network);
    if (gone.length === 0) return;
    for (const attached of gone) await detach(this.#engine, id, attached);
    const kept = interfaces.filter((attached) => attached.network !== network);
    await this.#saveInterfaces(id, await promotePrimary(this.#engine, id, kept));
  }

  async #saveInterfaces(id: string, interfaces: AttachedInterface[]): Promise<void> {
    const state = await this.#engine.records.readState(id);
    const addresses = interfaces.flatMap(({ network, ipv4Address }) =>
      ipv4Address === undefined ? [] : [[network, ipv4Address]],
    );
    const lastAddresses = { ...state.lastAddresses, ...Object.fromEntries(addresses) };
    await this.#engine.records.writeState(id, { ...state, interfaces, lastAddresses });
  }

  /** Changes a container's networks while nothing else changes it, nor the set of networks. */
  async #change<T>(container: string, change: (record: ContainerRecord) => Promise<T>): Promise<T> {
    const { records, locks } = this.#engine;
    const id = await records.resolve(container);
    return await locks.with(`container-${id}`, () =>
      locks.with("networks", async () => {
        const record = await records.read(id);
        if (!record) throw containerNotFound(container);
        return await change(record);
      }),
    );
  }

  #info(record: NetworkRecord, containers: NetworkInfo["containers"]): NetworkInfo {
    return {
      id: record.id,
      name: record.name,
      driver: "bridge",
      labels: record.labels,
      subnets: [subnetOf(record)],
      allowsStaticIp: true,
      containers,
    };
  }
}
