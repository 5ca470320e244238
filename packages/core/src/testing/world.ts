import { K3dError } from "../errors/index.js";
import type { NetworkSubnet } from "../runtime/networks.js";
import { fullImageReference, isImageId } from "../image/index.js";
import type { MemoryContainer } from "./container.js";
import type { MemoryFaults } from "./memory-faults.js";
import { MemoryTree } from "./files.js";
import type { StoredImage } from "./image-store.js";
import type { MemoryHostPorts } from "./ports.js";
import type { MemoryProgramChoice } from "./process.js";

export interface StoredNetwork {
  id: string;
  name: string;
  labels: Record<string, string>;
  subnet: string;
  gateway: string;
  dynamicRange?: string;
  ipv6?: Required<Pick<NetworkSubnet, "subnet" | "gateway">> & NetworkSubnet;
  /** Whether the subnet was asked for: only then are fixed addresses allowed. */
  configured: boolean;
}

export interface StoredVolume {
  name: string;
  labels: Record<string, string>;
  created: Date;
  tree: MemoryTree;
  /** Made for one container and removed with it. */
  anonymous: boolean;
}

/** In-memory engines that share their networks. */
export class MemoryGroup {
  readonly id = "group";
  readonly networks = new Map<string, StoredNetwork>();
  readonly #ids: MemoryIds;

  constructor(ids: MemoryIds = new MemoryIds()) {
    this.#ids = ids;
  }

  /** A new 64-digit id, unlike all others of the group. */
  newId(): string {
    return this.#ids.next();
  }
}

class MemoryIds {
  #last = 0;

  next(): string {
    this.#last += 1;
    return this.#last.toString(16).padStart(8, "0").padEnd(64, "0");
  }
}

/** In-memory engines that were given the same one reach each other: each can join what another began. */
export class MemoryWire {
  readonly ids = new MemoryIds();
  /** By the token that lets in. */
  readonly groups = new Map<string, MemoryGroup>();
}

/** Everything that the in-memory engine holds. */
export class MemoryWorld {
  readonly containers = new Map<string, MemoryContainer>();
  readonly volumes = new Map<string, StoredVolume>();
  /** By full reference. */
  readonly images = new Map<string, StoredImage>();
  readonly programs: MemoryProgramChoice[] = [];
  readonly faults: MemoryFaults;
  readonly hostPorts: MemoryHostPorts;
  readonly canExecute: (args: readonly string[]) => boolean;
  readonly now: () => Date;
  /** The capability of that name. */
  readonly archiveOwners: boolean;
  #group: MemoryGroup;

  constructor({
    faults,
    hostPorts,
    canExecute,
    now,
    archiveOwners,
    group = new MemoryGroup(),
  }: Pick<MemoryWorld, "faults" | "hostPorts" | "canExecute" | "now" | "archiveOwners"> & {
    group?: MemoryGroup;
  }) {
    this.#group = group;
    this.faults = faults;
    this.hostPorts = hostPorts;
    this.canExecute = canExecute;
    this.now = now;
    this.archiveOwners = archiveOwners;
  }

  get networks(): Map<string, StoredNetwork> {
    return this.#group.networks;
  }

  /** Has its networks in common with the group from now on. */
  joinGroup(group: MemoryGroup): void {
    for (const [id, network] of this.networks) group.networks.set(id, network);
    this.#group = group;
  }

  /** A new 64-digit id. */
  newId(): string {
    return this.#group.newId();
  }

  findContainer(id: string): MemoryContainer | undefined {
    return this.containers.get(id) ?? [...this.containers.values()].find(({ name }) => name === id);
  }

  /** @throws `NOT_FOUND`. */
  container(id: string): MemoryContainer {
    const container = this.findContainer(id);
    if (!container) throw notFound("container", id);
    return container;
  }

  findNetwork(id: string): StoredNetwork | undefined {
    return this.networks.get(id) ?? [...this.networks.values()].find(({ name }) => name === id);
  }

  /** @throws `NOT_FOUND`. */
  network(id: string): StoredNetwork {
    const network = this.findNetwork(id);
    if (!network) throw notFound("network", id);
    return network;
  }

  /** By full or familiar reference, or id. */
  findImage(reference: string): StoredImage | undefined {
    if (isImageId(reference))
      return [...this.images.values()].find(({ id }) => id.endsWith(reference));
    return this.images.get(fullImageReference(reference));
  }

  /** @throws `IMAGE_NOT_FOUND`. */
  image(reference: string): StoredImage {
    const image = this.findImage(reference);
    if (!image)
      throw new K3dError("IMAGE_NOT_FOUND", `No such image: ${reference}`, {
        hint: "Pull it, or check its name and tag.",
      });
    return image;
  }

  /** @throws `NOT_FOUND`. */
  volume(name: string): StoredVolume {
    const volume = this.volumes.get(name);
    if (!volume) throw notFound("volume", name);
    return volume;
  }

  addVolume(name: string, labels: Record<string, string>, anonymous: boolean): StoredVolume {
    const volume: StoredVolume = {
      name,
      labels,
      created: this.now(),
      tree: new MemoryTree(),
      anonymous,
    };
    this.volumes.set(name, volume);
    return volume;
  }

  /** Containers attached to a network, running or not. */
  membersOf(network: StoredNetwork): MemoryContainer[] {
    return [...this.containers.values()].filter((container) => container.endpoints.has(network.id));
  }

  usersOf(volume: StoredVolume): MemoryContainer[] {
    return [...this.containers.values()].filter((container) => container.volumes.has(volume.name));
  }
}

export function notFound(kind: string, name: string): K3dError {
  return new K3dError("NOT_FOUND", `No such ${kind}: ${name}`);
}
