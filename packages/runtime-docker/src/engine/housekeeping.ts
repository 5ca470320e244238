import {
  throwIfAborted,
  type CallOptions,
  type DiskUsage,
  type HousekeepingOperations,
  type RuntimeLeftover,
} from "@k3d/core/runtime";
import type { Engine } from "./engine.js";

/** The part of `GET /system/df` that is read. */
interface SystemUsage {
  Containers?:
    | { Id: string; SizeRw?: number; Mounts?: { Type?: string; Name?: string }[] }[]
    | null;
  Volumes?: { Name: string; UsageData?: { Size: number } | null }[] | null;
}

/** The engine names anonymous volumes by 64 hexadecimal digits. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

/** What a Docker engine tells of its disk; it cleans up after itself. */
export class DockerHousekeeping implements HousekeepingOperations {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async usage({ signal }: CallOptions = {}): Promise<DiskUsage> {
    const usage = (await this.#engine.call(
      "measure the disk usage of",
      "engine",
      "",
      signal,
      (options) => this.#engine.docker.df(options),
    )) as SystemUsage;
    // The engine says -1 where a volume's driver cannot tell.
    const sizes = (usage.Volumes ?? []).map(
      ({ Name, UsageData }) => [Name, UsageData?.Size ?? -1] as const,
    );
    const volumes = new Map(sizes.filter(([, size]) => size >= 0));
    const containers = (usage.Containers ?? []).map(({ Id, SizeRw = 0, Mounts }) => {
      const anonymous = (Mounts ?? []).filter(
        ({ Type, Name }) => Type === "volume" && Name !== undefined && ANONYMOUS.test(Name),
      );
      return [
        Id,
        anonymous.reduce((sum, { Name = "" }) => sum + (volumes.get(Name) ?? 0), SizeRw),
      ] as const;
    });
    return { containers: new Map(containers), volumes };
  }

  async leftovers({ signal }: CallOptions = {}): Promise<RuntimeLeftover[]> {
    throwIfAborted(signal);
    return [];
  }

  async removeLeftover(_id: string, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
  }
}
