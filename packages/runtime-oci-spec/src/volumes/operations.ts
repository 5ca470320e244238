import {
  K3dError,
  matchesSelector,
  throwIfAborted,
  type CallOptions,
  type ListOptions,
  type VolumeInfo,
  type VolumeOperations,
} from "@k3d/core/runtime";
import type { Engine } from "../engine/engine.ts";
import type { VolumeRecord } from "../store/volume-records.ts";

export class OciVolumes implements VolumeOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async create(
    volume: { name: string; labels: Record<string, string> },
    options: CallOptions = {},
  ): Promise<VolumeInfo> {
    throwIfAborted(options.signal);
    const { locks, volumes } = this.#engine;
    const record = await locks.with("volumes", () => volumes.create(volume.name, volume.labels), {
      signal: options.signal,
    });
    return this.#info(record, new Map());
  }

  async inspect(name: string, options: CallOptions = {}): Promise<VolumeInfo> {
    throwIfAborted(options.signal);
    return this.#info(await this.#find(name), await this.#users());
  }

  async list(options: ListOptions = {}): Promise<VolumeInfo[]> {
    throwIfAborted(options.signal);
    const records = await this.#engine.volumes.all();
    const users = await this.#users();
    return records
      .filter(({ labels }) => matchesSelector(labels, options.labels ?? {}))
      .map((record) => this.#info(record, users));
  }

  async remove(name: string, options: CallOptions = {}): Promise<void> {
    throwIfAborted(options.signal);
    await this.#engine.locks.with(
      "volumes",
      async () => {
        await this.#find(name);
        const users = (await this.#users()).get(name) ?? [];
        if (users.length > 0) {
          throw new K3dError("VOLUME_IN_USE", `Volume '${name}' is used by ${users.join(", ")}`, {
            hint: "Remove these containers first",
          });
        }
        await this.#engine.volumes.remove(name);
      },
      { signal: options.signal },
    );
  }

  async #find(name: string): Promise<VolumeRecord> {
    const record = await this.#engine.volumes.read(name);
    if (record) return record;
    throw new K3dError("NOT_FOUND", `Volume '${name}' does not exist`);
  }

  /** Names of containers, running or not, by the volume they mount. */
  async #users(): Promise<Map<string, string[]>> {
    const users = new Map<string, string[]>();
    for (const { name, spec, anonymousVolumes } of await this.#engine.records.all()) {
      const named = spec.mounts.flatMap(({ type, source }) =>
        type === "volume" && source !== undefined ? [source] : [],
      );
      for (const volume of new Set([...named, ...Object.values(anonymousVolumes)]))
        users.set(volume, [...(users.get(volume) ?? []), name]);
    }
    return users;
  }

  #info({ name, labels, created }: VolumeRecord, users: ReadonlyMap<string, string[]>): VolumeInfo {
    return {
      name,
      labels,
      driver: "local",
      mountpoint: this.#engine.volumes.dataPath(name),
      created: new Date(created),
      usedBy: users.get(name) ?? [],
    };
  }
}
