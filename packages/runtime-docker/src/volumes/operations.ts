import {
  isK3dError,
  K3dError,
  type CallOptions,
  type ListOptions,
  type VolumeInfo,
  type VolumeOperations,
} from "@k3d/core/runtime";
import type { VolumeInspectInfo } from "dockerode";
import type { Engine } from "../engine/engine.js";
import { filters } from "../engine/filters.js";

function toVolume(volume: VolumeInspectInfo): VolumeInfo {
  const created = (volume as { CreatedAt?: string }).CreatedAt;
  return {
    name: volume.Name,
    labels: volume.Labels ?? {},
    driver: volume.Driver,
    ...(volume.Mountpoint ? { mountpoint: volume.Mountpoint } : {}),
    ...(created ? { created: new Date(created) } : {}),
  };
}

/** Named volumes of a Docker engine. */
export class DockerVolumes implements VolumeOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** The engine itself would hand out an existing volume of the name. */
  async create(
    volume: { name: string; labels: Record<string, string> },
    { signal }: CallOptions = {},
  ): Promise<VolumeInfo> {
    if (await this.#exists(volume.name, signal)) {
      throw new K3dError(
        "NAME_IN_USE",
        `Cannot create volume '${volume.name}': a volume of this name exists`,
        {
          hint: "Choose another name, or remove the other volume first.",
        },
      );
    }
    await this.#engine.call("create", "volume", volume.name, signal, (options) =>
      this.#engine.docker.createVolume({ ...options, Name: volume.name, Labels: volume.labels }),
    );
    return this.inspect(volume.name, { signal });
  }

  async inspect(name: string, { signal }: CallOptions = {}): Promise<VolumeInfo> {
    const [volume, containers] = await this.#engine.call(
      "inspect",
      "volume",
      name,
      signal,
      (options) =>
        Promise.all([
          this.#engine.docker.getVolume(name).inspect(options),
          this.#engine.docker.listContainers({
            ...options,
            all: true,
            filters: { volume: [name] },
          }),
        ]),
    );
    const usedBy = containers.map((container) =>
      (container.Names[0] ?? container.Id).replace(/^\//, ""),
    );
    return { ...toVolume(volume), usedBy };
  }

  async list({ labels, signal }: ListOptions = {}): Promise<VolumeInfo[]> {
    const { Volumes: volumes } = await this.#engine.call(
      "list the volumes of",
      "engine",
      "",
      signal,
      (options) =>
        this.#engine.docker.listVolumes({ ...options, ...filters(labels) } as Parameters<
          Engine["docker"]["listVolumes"]
        >[0] &
          object),
    );
    return (volumes ?? []).map(toVolume);
  }

  async remove(name: string, { signal }: CallOptions = {}): Promise<void> {
    await this.#engine.call("remove", "volume", name, signal, (options) =>
      this.#engine.docker.getVolume(name).remove(options),
    );
  }

  async #exists(name: string, signal: AbortSignal | undefined): Promise<boolean> {
    try {
      await this.inspect(name, { signal });
      return true;
    } catch (error) {
      if (isK3dError(error, "NOT_FOUND")) return false;
      throw error;
    }
  }
}
