import { randomBytes } from "node:crypto";
import { link as hardLink, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import {
  K3dError,
  type ContainerSpec,
  type ImageInfo,
  type NetworkAttachment,
  type PortBinding,
} from "@k3d/core/runtime";
import type { ProcessIdentity } from "../host/processes.ts";
import { containerPaths, type ContainerPaths, type Paths } from "./paths.ts";
import type { Locks } from "./lock.ts";
import { errorCode, ignoreMissing, readJson, writeJson } from "../host/json-file.ts";

/** What containers of an image need of its configuration. */
export interface ImageConfig {
  config: ImageInfo["config"];
  /** Name or number, as the image gives it. */
  stopSignal?: string;
}

/** Configuration of a CNI plugin. */
export interface PluginConfig extends Record<string, unknown> {
  type: string;
  name: string;
}

/** What a container is. Changes only by renaming, connecting and disconnecting. */
export interface ContainerRecord {
  id: string;
  /** With `name` and `networks` as they were asked for at creation. */
  spec: ContainerSpec;
  name: string;
  /** Content id of the image. */
  imageId: string;
  /**
   * What each start needs of the image, which its name may not lead to any more
   * by then. Absent in records of earlier versions.
   */
  image?: ImageConfig;
  /** ISO 8601. */
  created: string;
  networks: NetworkAttachment[];
  /** Volume names by destination. */
  anonymousVolumes: Record<string, string>;
  /** How the root file system is made: shared layers, or a copy and why. */
  storage: { driver: "overlay" } | { driver: "copy"; reason: string };
}

/** How a network interface of a container was set up; what tearing it down needs. */
export interface AttachedInterface {
  network: string;
  /** Name inside the container, e.g. `eth0`. */
  interface: string;
  /** Absent while the plugins are at work. */
  ipv4Address?: string;
  /** Carries the default route. */
  primary: boolean;
  /** Configurations of the plugins that were run, in their order. */
  plugins: PluginConfig[];
}

/** What a container does, as far as it was written down; the runtime's own state has the last word. */
export interface ContainerState {
  phase: "created" | "starting" | "running" | "restarting" | "stopped" | "removing";
  /** Tells one start from the next. */
  run: number;
  /** ISO 8601. */
  startedAt?: string;
  finishedAt?: string;
  exitCode?: number;
  error?: string;
  /** Starts by the restart policy since the last start by a user. */
  restartCount: number;
  /** Milliseconds the next restart waits. */
  backoff: number;
  /** The user stopped it: no restart. */
  stopRequested: boolean;
  /** Its first process. */
  process?: ProcessIdentity;
  /** The conmon that watches it. */
  monitor?: ProcessIdentity;
  /** The process that waits to restart it. */
  restarter?: ProcessIdentity;
  interfaces: AttachedInterface[];
  /** Addresses of the last run, kept for the next one. */
  lastAddresses: Record<string, string>;
  /** Ports as they are published now. */
  ports?: PortBinding[];
}

export const INITIAL_STATE: ContainerState = {
  phase: "created",
  run: 0,
  restartCount: 0,
  backoff: 0,
  stopRequested: false,
  interfaces: [],
  lastAddresses: {},
};

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Containers on disk. */
export class ContainerRecords {
  readonly #paths: Paths;
  readonly #locks: Locks;

  constructor(paths: Paths, locks: Locks) {
    this.#paths = paths;
    this.#locks = locks;
  }

  pathsOf(id: string): ContainerPaths {
    return containerPaths(this.#paths, id);
  }

  newId(): string {
    return randomBytes(32).toString("hex");
  }

  /**
   * Takes a name for an id. A name whose container was never finished or is gone is taken over.
   *
   * @param present a name that it has: the new one is another name of that file then, which a full disk has room for.
   * @throws `NAME_IN_USE`, `INVALID_INPUT`.
   */
  async claimName(
    name: string,
    id: string,
    isAlive: (id: string) => Promise<boolean>,
    present?: string,
  ): Promise<void> {
    if (!NAME.test(name))
      throw new K3dError("INVALID_INPUT", `'${name}' is not a valid name for a container`);
    await mkdir(this.#paths.names, { recursive: true, mode: 0o700 });
    const link = join(this.#paths.names, name);
    for (let attempt = 0; attempt < 2; attempt++) {
      try {
        await this.#makeName(link, id, present);
        return;
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error;
      }
      const owner = await readlink(link).catch(ignoreMissing);
      if (owner !== undefined && (await isAlive(owner))) break;
      // Under a lock, so that nobody takes away what another has just taken over.
      if (owner !== undefined) await this.releaseName(name, owner);
    }
    throw new K3dError("NAME_IN_USE", `A container named ${name} exists already`);
  }

  /** A link to 64 digits takes a block of its own on most file systems, another name of it none. */
  async #makeName(path: string, id: string, present: string | undefined): Promise<void> {
    const other = present === undefined ? undefined : join(this.#paths.names, present);
    if (other !== undefined && (await readlink(other).catch(ignoreMissing)) === id) {
      try {
        await hardLink(other, path);
        return;
      } catch (error) {
        // File systems without hard links, or with none to a symbolic one.
        if (errorCode(error) === "EEXIST") throw error;
      }
    }
    await symlink(id, path);
  }

  async releaseName(name: string, id: string): Promise<void> {
    const link = join(this.#paths.names, name);
    await this.#locks.with("names", async () => {
      if ((await readlink(link).catch(ignoreMissing)) === id) await rm(link, { force: true });
    });
  }

  /** Frees a name that belongs to one of the containers that are gone. */
  async dropName(name: string, gone: ReadonlySet<string>): Promise<void> {
    const owner = await readlink(join(this.#paths.names, name)).catch(ignoreMissing);
    if (owner !== undefined && gone.has(owner)) await this.releaseName(name, owner);
  }

  /** The id for an id or a name. @throws `NOT_FOUND`. */
  async resolve(idOrName: string): Promise<string> {
    if (NAME.test(idOrName)) {
      const id = await readlink(join(this.#paths.names, idOrName)).catch(ignoreMissing);
      for (const candidate of id === undefined ? [idOrName] : [id, idOrName]) {
        if ((await this.read(candidate)) !== undefined) return candidate;
      }
    }
    throw containerNotFound(idOrName);
  }

  async read(id: string): Promise<ContainerRecord | undefined> {
    return await readJson<ContainerRecord>(this.pathsOf(id).record);
  }

  async readState(id: string): Promise<ContainerState> {
    return (await readJson<ContainerState>(this.pathsOf(id).state)) ?? INITIAL_STATE;
  }

  async write(record: ContainerRecord): Promise<void> {
    await writeJson(this.pathsOf(record.id).record, record);
  }

  async writeState(id: string, state: ContainerState): Promise<void> {
    await writeJson(this.pathsOf(id).state, state);
  }

  /** Ids of all directories, finished containers or not. */
  async ids(): Promise<string[]> {
    return (await readdir(this.#paths.containers).catch(ignoreMissing)) ?? [];
  }

  async all(): Promise<ContainerRecord[]> {
    const records = await Promise.all((await this.ids()).map((id) => this.read(id)));
    return records.filter((record) => record !== undefined);
  }
}

export function containerNotFound(idOrName: string): K3dError {
  return new K3dError("NOT_FOUND", `Container '${idOrName}' does not exist`);
}
