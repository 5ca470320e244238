import { lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import {
  throwIfAborted,
  type CallOptions,
  type DiskUsage,
  type HousekeepingOperations,
  type RuntimeLeftover,
} from "@k3d/core/runtime";
import type { PodmanCli } from "../command/podman-cli.js";

/** The part of `podman ps --size --format json` that is read. */
interface SizedContainer {
  Id: string;
  Size?: { rwSize?: number } | null;
}

/** The part of `podman volume ls --format json` that is read. */
interface SizedVolume {
  Name: string;
  Mountpoint: string;
}

/** Sizes of podman's containers and, where this machine is podman's own, volumes. */
export class PodmanHousekeeping implements HousekeepingOperations {
  readonly #cli: PodmanCli;
  readonly #local: boolean;

  constructor(cli: PodmanCli, local: boolean) {
    this.#cli = cli;
    this.#local = local;
  }

  async usage(options: CallOptions = {}): Promise<DiskUsage> {
    const [containers, volumes] = await Promise.all([
      this.#cli.json<SizedContainer[] | null>(
        ["ps", "--all", "--size", "--format=json"],
        { action: "measure containers" },
        options,
      ),
      this.#local
        ? this.#cli.json<SizedVolume[] | null>(
            ["volume", "ls", "--format=json"],
            { action: "list volumes" },
            options,
          )
        : [],
    ]);
    const sizes = new Map<string, number>();
    for (const { Name, Mountpoint } of volumes ?? []) {
      throwIfAborted(options.signal);
      const size = await sizeOf(Mountpoint);
      if (size !== undefined) sizes.set(Name, size);
    }
    return {
      containers: new Map((containers ?? []).map(({ Id, Size }) => [Id, Size?.rwSize ?? 0])),
      volumes: sizes,
    };
  }

  async leftovers({ signal }: CallOptions = {}): Promise<RuntimeLeftover[]> {
    throwIfAborted(signal);
    return [];
  }

  async removeLeftover(_id: string, { signal }: CallOptions = {}): Promise<void> {
    throwIfAborted(signal);
  }
}

/** Bytes of all files below; `undefined` when this user may not read all of them. */
async function sizeOf(directory: string): Promise<number | undefined> {
  try {
    let bytes = 0;
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size;
    }
    return bytes;
  } catch {
    return undefined;
  }
}
