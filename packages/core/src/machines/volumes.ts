import { K3dError } from "../errors/index.js";
import type { CallOptions, ListOptions } from "../runtime/common.js";
import type { VolumeInfo, VolumeOperations } from "../runtime/volumes.js";
import type { Answer, Engines } from "./engines.js";

/** Volumes are each machine's own: one of a name is made on every machine, and is one object here. */
export class MachineVolumes implements VolumeOperations {
  readonly #engines: Engines;

  constructor(engines: Engines) {
    this.#engines = engines;
  }

  async create(
    volume: Parameters<VolumeOperations["create"]>[0],
    options?: CallOptions,
  ): Promise<VolumeInfo> {
    const { first } = this.#engines;
    const made = await Promise.allSettled(
      this.#engines.reached.map(async ({ name, engine }) => ({
        name,
        engine,
        value: await engine.volumes.create(volume, options),
      })),
    );
    const failed = made.find((outcome) => outcome.status === "rejected");
    const done = made.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    if (failed !== undefined) {
      await Promise.allSettled(done.map(({ engine }) => engine.volumes.remove(volume.name)));
      throw failed.reason;
    }
    return merged(done.filter(({ name }) => name === first.name).concat(done));
  }

  async inspect(name: string, options?: CallOptions): Promise<VolumeInfo> {
    const found = await this.#engines.having(
      ({ engine }) => engine.volumes.inspect(name, options),
      options,
    );
    if (found.length === 0) throw this.#missing(name);
    return merged(found);
  }

  async list(options?: ListOptions): Promise<VolumeInfo[]> {
    const answers = await this.#engines.looking(
      ({ engine }) => engine.volumes.list(options),
      options,
    );
    const all = answers.flatMap(({ value, ...machine }) =>
      value.map((volume) => ({ ...machine, value: volume })),
    );
    return [...Map.groupBy(all, ({ value }) => value.name).values()].map(merged);
  }

  async remove(name: string, options?: CallOptions): Promise<void> {
    const removed = await this.#engines.having(
      ({ engine }) => engine.volumes.remove(name, options),
      options,
    );
    if (removed.length === 0) throw this.#missing(name);
  }

  /** It may be on a machine that does not answer. */
  #missing(name: string): K3dError {
    return this.#engines.lost ?? new K3dError("NOT_FOUND", `No such volume: ${name}`);
  }
}

/** Volumes of one name as one: the first one's, used by all their users. */
function merged(found: readonly Answer<VolumeInfo>[]): VolumeInfo {
  const [first] = found;
  if (first === undefined) throw new K3dError("INTERNAL", "There is no volume to describe");
  const used = found.flatMap(({ value }) => value.usedBy ?? []);
  const tells = found.some(({ value }) => value.usedBy !== undefined);
  return tells ? { ...first.value, usedBy: [...new Set(used)] } : first.value;
}
