import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { K3dError } from "@k3d/core";
import { ignoreMissing, readJson, writeJson } from "./json-file.ts";
import type { Paths } from "./paths.ts";

export interface VolumeRecord {
  name: string;
  labels: Record<string, string>;
  /** ISO 8601. */
  created: string;
  /** Made for one container that asked for a volume without a name. */
  anonymous: boolean;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Volumes on disk: a directory each, with a file that describes it and the data beside it. */
export class VolumeRecords {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  dataPath(name: string): string {
    return join(this.#paths.volumes, name, "data");
  }

  async read(name: string): Promise<VolumeRecord | undefined> {
    return NAME.test(name) ? await readJson<VolumeRecord>(join(this.#paths.volumes, name, "volume.json")) : undefined;
  }

  async all(): Promise<VolumeRecord[]> {
    const names = (await readdir(this.#paths.volumes).catch(ignoreMissing)) ?? [];
    const records = await Promise.all(names.map((name) => this.read(name)));
    return records.filter((record) => record !== undefined);
  }

  /** @throws `NAME_IN_USE`, `INVALID_INPUT`. */
  async create(name: string, labels: Record<string, string>, anonymous = false): Promise<VolumeRecord> {
    if (!NAME.test(name)) throw new K3dError("INVALID_INPUT", `"${name}" is no name for a volume`);
    if ((await this.read(name)) !== undefined) throw new K3dError("NAME_IN_USE", `A volume named ${name} exists already`);
    const record: VolumeRecord = { name, labels, created: new Date().toISOString(), anonymous };
    await mkdir(this.dataPath(name), { recursive: true });
    await writeJson(join(this.#paths.volumes, name, "volume.json"), record);
    return record;
  }

  async createAnonymous(): Promise<VolumeRecord> {
    return await this.create(randomBytes(32).toString("hex"), {}, true);
  }

  /** Out of sight at once, then deleted. */
  async remove(name: string): Promise<void> {
    const grave = join(this.#paths.tmp, `volume-${randomBytes(8).toString("hex")}`);
    await mkdir(this.#paths.tmp, { recursive: true, mode: 0o700 });
    await rename(join(this.#paths.volumes, name), grave).catch(ignoreMissing);
    await rm(grave, { recursive: true, force: true });
  }
}
