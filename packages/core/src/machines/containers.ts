import { K3dError, isK3dError } from "../errors/index.js";
import { LABELS } from "../model/labels.js";
import type { CallOptions, ListOptions } from "../runtime/common.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type {
  ContainerInfo,
  ContainerOperations,
  ContainerSummary,
  LogEntry,
  LogOptions,
} from "../runtime/containers.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import type { Engines, Reached } from "./engines.js";

/** The containers of all machines. Each call goes to the engine that has the container. */
export class MachineContainers implements ContainerOperations {
  readonly #engines: Engines;
  /** Id or name → machine, as last seen. */
  readonly #places = new Map<string, string>();

  constructor(engines: Engines) {
    this.#engines = engines;
  }

  /** On the machine that the label `k3d.machine` names, else on the first one. A name is one on all machines. */
  async create(spec: ContainerSpec, options: CallOptions = {}): Promise<string> {
    const named = spec.labels[LABELS.machine];
    const machine = named === undefined ? this.#engines.first : this.#engines.named(named);
    const holders = await this.#engines.having(
      ({ engine }) => engine.containers.inspect(spec.name, options),
      options,
    );
    const other = holders.find(
      ({ name, value }) => name !== machine.name && value.name === spec.name,
    );
    if (other !== undefined) {
      throw new K3dError(
        "NAME_IN_USE",
        `The name '${spec.name}' is in use by a container on machine ${other.name}`,
        { hint: "Choose another name, or remove the other container first." },
      );
    }
    const id = await machine.engine.containers.create(this.#seenFrom(machine, spec), options);
    this.#note(machine.name, { id, name: spec.name });
    return id;
  }

  async start(id: string, options?: CallOptions): Promise<void> {
    await this.#on(id, options, (engine) => engine.containers.start(id, options));
  }

  async stop(...[id, options]: Parameters<ContainerOperations["stop"]>): Promise<void> {
    await this.#on(id, options, (engine) => engine.containers.stop(id, options));
  }

  async remove(...[id, options]: Parameters<ContainerOperations["remove"]>): Promise<void> {
    await this.#on(id, options, (engine) => engine.containers.remove(id, options));
    this.#places.delete(id);
  }

  async pause(id: string, options?: CallOptions): Promise<void> {
    await this.#on(id, options, (engine) => engine.containers.pause(id, options));
  }

  async unpause(id: string, options?: CallOptions): Promise<void> {
    await this.#on(id, options, (engine) => engine.containers.unpause(id, options));
  }

  async rename(id: string, name: string, options?: CallOptions): Promise<void> {
    await this.#on(id, options, (engine, machine) => {
      // Whichever name was known leads astray from now on.
      this.#places.clear();
      this.#places.set(name, machine);
      return engine.containers.rename(id, name, options);
    });
  }

  inspect(id: string, options?: CallOptions): Promise<ContainerInfo> {
    return this.#on(id, options, (engine) => engine.containers.inspect(id, options));
  }

  async list(options?: ListOptions): Promise<ContainerSummary[]> {
    const answers = await this.#engines.looking(
      ({ engine }) => engine.containers.list(options),
      options,
    );
    for (const { name, value } of answers) for (const found of value) this.#note(name, found);
    const once = new Map(
      answers.flatMap(({ name, value }) =>
        value.map((container) => [container.id, registryOn(name, container)]),
      ),
    );
    return [...once.values()];
  }

  stats(id: string, options?: CallOptions) {
    return this.#on(id, options, (engine) => engine.containers.stats(id, options));
  }

  wait(id: string, options?: CallOptions): Promise<number> {
    return this.#on(id, options, (engine) => engine.containers.wait(id, options));
  }

  exec(...[id, options]: Parameters<ContainerOperations["exec"]>) {
    return this.#on(id, options, (engine) => engine.containers.exec(id, options), [options.stdin]);
  }

  async *logs(id: string, options?: LogOptions): AsyncGenerator<LogEntry> {
    const { engine } = await this.machineOf(id, options);
    yield* engine.containers.logs(id, options);
  }

  async putArchive(
    ...[id, path, archive, options]: Parameters<ContainerOperations["putArchive"]>
  ): Promise<void> {
    await this.#on(
      id,
      options,
      (engine) => engine.containers.putArchive(id, path, archive, options),
      [archive],
    );
  }

  getArchive(...[id, path, options]: Parameters<ContainerOperations["getArchive"]>) {
    return this.#on(id, options, (engine) => engine.containers.getArchive(id, path, options));
  }

  /** @throws `NOT_FOUND`; `RUNTIME_UNAVAILABLE` when it may be on a machine that does not answer. */
  async machineOf(id: string, options?: CallOptions): Promise<Reached> {
    const known = this.#places.get(id);
    if (known !== undefined) return this.#engines.named(known);
    const [found] = await this.#engines.having(
      ({ engine }) => engine.containers.inspect(id, options),
      options,
    );
    if (found === undefined) {
      const missing = new K3dError("NOT_FOUND", `No such container: ${id}`);
      throw this.#engines.lost ?? missing;
    }
    this.#note(found.name, found.value);
    return found;
  }

  async #on<T>(
    id: string,
    options: CallOptions | undefined,
    call: (engine: ContainerRuntime, machine: string) => Promise<T>,
    inputs: readonly ({ destroy(): unknown } | undefined)[] = [],
  ): Promise<T> {
    let machine: Reached;
    try {
      machine = await this.machineOf(id, options);
    } catch (error) {
      for (const input of inputs) input?.destroy();
      throw error;
    }
    try {
      return await call(machine.engine, machine.name);
    } catch (error) {
      if (isK3dError(error, "NOT_FOUND")) this.#places.delete(id);
      throw error;
    }
  }

  /** The first machine makes the networks. */
  #seenFrom({ name }: Reached, spec: ContainerSpec): ContainerSpec {
    if (name === this.#engines.states[0]?.name) return spec;
    const networks = spec.networks.map((network) => ({ ...network, madeElsewhere: true }));
    return { ...spec, networks };
  }

  #note(machine: string, { id, name }: Pick<ContainerSummary, "id" | "name">): void {
    this.#places.set(id, machine);
    this.#places.set(name, machine);
  }
}

/** A registry carries no label of its machine, since it may have been there before the cluster. */
function registryOn(machine: string, container: ContainerSummary): ContainerSummary {
  const { labels } = container;
  if (labels[LABELS.role] !== "registry" || labels[LABELS.machine] !== undefined) return container;
  return { ...container, labels: { ...labels, [LABELS.machine]: machine } };
}
