import type { CapabilityName, RuntimeCapabilities } from "../runtime/capabilities.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime, MachineState, RuntimeInfo } from "../runtime/runtime.js";
import { K3dError } from "../errors/index.js";
import { type Clock, systemClock } from "../model/clock.js";
import { MachineContainers } from "./containers.js";
import { Engines } from "./engines.js";
import { MachineImages } from "./images.js";
import { machineObstacles } from "./group.js";
import type { Machine } from "./machine.js";
import { MachineNetworks } from "./networks.js";
import { MachineVolumes } from "./volumes.js";

export interface ComposeOptions {
  /** Told once of each machine that does not answer. */
  onLost?: (machine: string, error: K3dError) => void;
  /** Default: the system's. */
  clock?: Clock;
}

/**
 * Several engines as one runtime. Containers are made on the machine that their label `k3d.machine`
 * names, else on the first one, and found wherever they are; networks reach over all machines and
 * are made by the first one; images and volumes are on every machine.
 *
 * A machine that does not answer is left out of lists, and the others go on; what is asked of one of
 * its containers is `RUNTIME_UNAVAILABLE`. {@link ContainerRuntime.machines} tells which these are.
 *
 * @param machines the first one makes networks
 */
export function composeMachines(
  machines: readonly Machine[],
  { onLost = () => {}, clock = systemClock }: ComposeOptions = {},
): ContainerRuntime {
  return new MachinesRuntime(new Engines(machines, onLost), machines.length, clock);
}

class MachinesRuntime implements ContainerRuntime {
  readonly name: string;
  readonly containers: MachineContainers;
  readonly images: MachineImages;
  readonly networks: MachineNetworks;
  readonly volumes: MachineVolumes;
  readonly #engines: Engines;
  readonly #count: number;
  #capabilities: Promise<RuntimeCapabilities> | undefined;

  constructor(engines: Engines, count: number, clock: Clock) {
    const [known] = engines.reached;
    if (known === undefined)
      throw engines.lost ?? new K3dError("INVALID_INPUT", "No machine was named");
    this.name = known.engine.name;
    this.#engines = engines;
    this.#count = count;
    this.containers = new MachineContainers(engines);
    this.images = new MachineImages(engines);
    this.networks = new MachineNetworks(engines, this.containers, clock);
    this.volumes = new MachineVolumes(engines);
  }

  get machines(): readonly MachineState[] {
    return this.#engines.states;
  }

  /** What all of them can do. */
  get capabilities(): Promise<RuntimeCapabilities> {
    this.#capabilities ??= this.#common().catch((error: unknown) => {
      this.#capabilities = undefined;
      throw error;
    });
    return this.#capabilities;
  }

  async #common(): Promise<RuntimeCapabilities> {
    const answers = await this.#engines.looking(({ engine }) =>
      Promise.resolve(engine.capabilities),
    );
    const common = { ...(answers[0] as (typeof answers)[0]).value };
    for (const name of Object.keys(common) as CapabilityName[]) {
      // The one that makes networks need only be the first.
      if (name !== "networkOverMachines") common[name] = answers.every(({ value }) => value[name]);
    }
    // A path of this machine is at best a path of one of them.
    return {
      ...common,
      localBindMounts: common.localBindMounts && this.#count === 1,
      // Each engine is put into a group by itself.
      machineGroups: false,
    };
  }

  /** That of the first machine, where the API is published; of another one while it does not answer. */
  async info(options?: CallOptions): Promise<RuntimeInfo> {
    const [answers, { networkOverMachines }, own] = await Promise.all([
      this.#engines.looking(({ engine }) => engine.info(options), options),
      this.capabilities,
      this.#engines.looking(({ engine }) => Promise.resolve(engine.capabilities), options),
    ]);
    const machineGroups = own.every(({ value: { machineGroups: can } }) => can);
    const [{ value }] = answers as [(typeof answers)[0]];
    const infos = answers.map(({ name, value: info }) => ({ name, info }));
    const each = infos.flatMap(({ name, info }) =>
      (info.obstacles ?? []).map(({ reason, hint }) => ({
        reason: `machine ${name}: ${reason}`,
        hint,
      })),
    );
    const capabilities = { networkOverMachines, machineGroups };
    const obstacles = [...each, ...machineObstacles(this.machines, infos, capabilities)];
    return obstacles.length === 0 ? value : { ...value, obstacles };
  }

  async close(): Promise<void> {
    await this.#engines.close();
  }
}
