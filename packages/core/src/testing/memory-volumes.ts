import { K3dError } from "../errors/index.js";
import type { CallOptions, ListOptions } from "../runtime/common.js";
import { matchesSelector } from "../runtime/label-selector.js";
import type { VolumeInfo, VolumeOperations } from "../runtime/volumes.js";
import type { MemoryWorld, StoredVolume } from "./world.js";

export class MemoryVolumes implements VolumeOperations {
  readonly #world: MemoryWorld;

  constructor(world: MemoryWorld) {
    this.#world = world;
  }

  async create(
    { name, labels }: { name: string; labels: Record<string, string> },
    { signal }: CallOptions = {},
  ): Promise<VolumeInfo> {
    await this.#world.faults.enter("volumes.create", name, signal);
    if (this.#world.volumes.has(name)) {
      throw new K3dError("NAME_IN_USE", `A volume of the name ${name} exists`, {
        hint: "Choose another name.",
      });
    }
    return this.#info(this.#world.addVolume(name, { ...labels }, false));
  }

  async inspect(name: string, { signal }: CallOptions = {}): Promise<VolumeInfo> {
    await this.#world.faults.enter("volumes.inspect", name, signal);
    return this.#info(this.#world.volume(name));
  }

  async list({ labels = {}, signal }: ListOptions = {}): Promise<VolumeInfo[]> {
    await this.#world.faults.enter("volumes.list", "", signal);
    return [...this.#world.volumes.values()]
      .filter((volume) => matchesSelector(volume.labels, labels))
      .map((volume) => this.#info(volume));
  }

  async remove(name: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#world.faults.enter("volumes.remove", name, signal);
    const volume = this.#world.volume(name);
    const users = this.#world.usersOf(volume).map((container) => container.name);
    if (users.length > 0) {
      throw new K3dError("VOLUME_IN_USE", `Volume '${name}' is mounted by ${users.join(", ")}`, {
        hint: "Remove the containers that mount it first.",
      });
    }
    this.#world.volumes.delete(name);
  }

  #info(volume: StoredVolume): VolumeInfo {
    const { name, labels, created } = volume;
    return {
      name,
      labels,
      driver: "memory",
      created,
      usedBy: this.#world.usersOf(volume).map((container) => container.name),
    };
  }
}
