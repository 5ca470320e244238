import { randomBytes } from "node:crypto";
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { K3dError } from "@k3d/core/runtime";
import { errorCode, ignoreMissing, readJson, writeJson } from "../host/json-file.ts";
import { Scratch } from "./scratch.ts";
import type { Paths } from "./paths.ts";

export interface VolumeRecord {
  name: string;
  labels: Record<string, string>;
  /** ISO 8601. */
  created: string;
  /** Id of the container that it was made for, because that asked for a volume without a name. */
  owner?: string;
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
    return NAME.test(name)
      ? await readJson<VolumeRecord>(join(this.#paths.volumes, name, "volume.json"))
      : undefined;
  }

  async all(): Promise<VolumeRecord[]> {
    const names = (await readdir(this.#paths.volumes).catch(ignoreMissing)) ?? [];
    const records = await Promise.all(names.map((name) => this.read(name)));
    return records.filter((record) => record !== undefined);
  }

  /** @throws `NAME_IN_USE`, `INVALID_INPUT`. */
  async create(
    name: string,
    labels: Record<string, string>,
    owner?: string,
  ): Promise<VolumeRecord> {
    if (!NAME.test(name))
      throw new K3dError("INVALID_INPUT", `'${name}' is not a valid name for a volume`);
    const record: VolumeRecord = {
      name,
      labels,
      created: new Date().toISOString(),
      owner,
    };
    await mkdir(this.#paths.volumes, { recursive: true, mode: 0o700 });
    const staging = await new Scratch(this.#paths.tmp).make("volume");
    const data = join(staging, "data");
    await mkdir(data);
    await chmod(data, 0o755);
    await writeJson(join(staging, "volume.json"), record);
    try {
      // In one step: it is there whole or not at all, and only for the first of two who make it.
      await rename(staging, join(this.#paths.volumes, name));
    } catch (error) {
      await rm(staging, { recursive: true, force: true });
      if (errorCode(error) !== "ENOTEMPTY" && errorCode(error) !== "EEXIST") throw error;
      throw new K3dError("NAME_IN_USE", `A volume named ${name} exists already`);
    }
    return record;
  }

  async createAnonymous(owner: string): Promise<VolumeRecord> {
    return await this.create(randomBytes(32).toString("hex"), {}, owner);
  }

  /** Lets a volume outlive the container it was made for. */
  async disown(name: string): Promise<void> {
    const record = await this.read(name);
    if (!record) return;
    const { owner: _owner, ...rest } = record;
    await writeJson(join(this.#paths.volumes, name, "volume.json"), rest);
  }

  /** Out of sight at once, then deleted. */
  async remove(name: string): Promise<void> {
    const grave = await new Scratch(this.#paths.tmp).path("volume");
    await rename(join(this.#paths.volumes, name), grave).catch(ignoreMissing);
    await rm(grave, { recursive: true, force: true });
  }
}
