import type { CallOptions, ListOptions } from "./common.js";

export interface VolumeInfo {
  name: string;
  labels: Record<string, string>;
  driver?: string;
  /** Path on the engine's host, where it has one. */
  mountpoint?: string;
  created?: Date;
  /** Names of containers that mount it, running or not, where the engine can tell. */
  usedBy?: string[];
}

/** Named volumes. A missing one is `NOT_FOUND`. */
export interface VolumeOperations {
  /** @throws `NAME_IN_USE`, also where the engine itself would quietly return the existing one. */
  create(
    volume: { name: string; labels: Record<string, string> },
    options?: CallOptions,
  ): Promise<VolumeInfo>;
  inspect(name: string, options?: CallOptions): Promise<VolumeInfo>;
  list(options?: ListOptions): Promise<VolumeInfo[]>;
  /** @throws `VOLUME_IN_USE`. */
  remove(name: string, options?: CallOptions): Promise<void>;
}
