import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { K3dError, type NetworkSubnet } from "@k3d/core/runtime";
import { ignoreMissing, readJson, writeJson } from "../host/json-file.ts";
import type { Paths } from "./paths.ts";

export interface NetworkRecord {
  id: string;
  name: string;
  labels: Record<string, string>;
  subnet: string;
  gateway: string;
  dynamicRange?: string;
  /** Interface on the host; at most 15 characters. */
  bridge: string;
  options: Record<string, string>;
}

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Networks on disk, one file each. */
export class NetworkRecords {
  readonly #paths: Paths;

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  async all(): Promise<NetworkRecord[]> {
    const files = ((await readdir(this.#paths.networks).catch(ignoreMissing)) ?? []).filter(
      (file) => file.endsWith(".json"),
    );
    const records = await Promise.all(
      files.map((file) => readJson<NetworkRecord>(join(this.#paths.networks, file))),
    );
    return records.filter((record) => record !== undefined);
  }

  /** By name or id. @throws `NOT_FOUND`. */
  async find(nameOrId: string): Promise<NetworkRecord> {
    const named = NAME.test(nameOrId)
      ? await readJson<NetworkRecord>(this.#file(nameOrId))
      : undefined;
    const record = named ?? (await this.all()).find(({ id }) => id === nameOrId);
    if (record) return record;
    throw new K3dError("NOT_FOUND", `Network '${nameOrId}' does not exist`);
  }

  async exists(name: string): Promise<boolean> {
    return (await readJson(this.#file(name))) !== undefined;
  }

  /** @throws `INVALID_INPUT` for a name that is none. */
  async write(record: NetworkRecord): Promise<void> {
    if (!NAME.test(record.name))
      throw new K3dError("INVALID_INPUT", `'${record.name}' is not a valid name for a network`);
    await mkdir(this.#paths.networks, { recursive: true, mode: 0o700 });
    await writeJson(this.#file(record.name), record);
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.#paths.networks, `${name}.json`);
  }
}

export function subnetOf(record: NetworkRecord): NetworkSubnet {
  const { subnet, gateway, dynamicRange } = record;
  return { subnet, gateway, dynamicRange };
}
