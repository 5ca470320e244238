import type { ContainerNetworkInfo, ContainerStatus } from "../runtime/containers.js";
import type { ContainerSpec, PortBinding } from "../runtime/container-spec.js";
import { MemoryFiles } from "./files.js";
import { LogBuffer } from "./log-buffer.js";
import type { MemorySignal } from "./process.js";

/** A container's place on one network. */
export interface Endpoint {
  fixedAddress?: string;
  fixedIpv6Address?: string;
  /** Held while the container runs. */
  address?: string;
  /** As `address`. */
  ipv6Address?: string;
  aliases: string[];
}

/** A running process: what is needed to end it. */
export interface RunningProcess {
  kill(signal: MemorySignal): void;
  /** Resolves when it has ended, whatever happened. */
  readonly ended: Promise<void>;
}

/** The state of one container. {@link Lifecycle} changes it. */
export class MemoryContainer {
  readonly id: string;
  name: string;
  readonly spec: ContainerSpec;
  readonly labels: Record<string, string>;
  readonly created: Date;
  readonly files = new MemoryFiles();
  readonly logs: LogBuffer;
  /** By network id. */
  readonly endpoints = new Map<string, Endpoint>();
  /** Names of volumes, anonymous ones included. */
  readonly volumes = new Set<string>();
  status: ContainerStatus = "created";
  startedAt?: Date;
  finishedAt?: Date;
  exitCode?: number;
  error?: string;
  restartCount = 0;
  /** What `stats` tells. */
  usage = { cpuNanoseconds: 0, memoryBytes: 1024 * 1024 };
  runs = 0;
  /** The user stopped it: its restart policy rests until the next start. */
  stopRequested = false;
  ports: PortBinding[] = [];
  main?: RunningProcess;
  readonly execs = new Set<RunningProcess>();
  readonly listeners = new Map<number, () => string>();
  #changed = Promise.withResolvers<void>();

  constructor(
    id: string,
    spec: ContainerSpec,
    imageLabels: Record<string, string>,
    now: () => Date,
  ) {
    this.id = id;
    this.name = spec.name;
    this.spec = spec;
    this.labels = { ...imageLabels, ...spec.labels };
    this.created = now();
    this.logs = new LogBuffer(now);
  }

  /** Running, paused or about to be restarted. */
  get active(): boolean {
    return this.status === "running" || this.status === "paused" || this.status === "restarting";
  }

  setStatus(status: ContainerStatus): void {
    this.status = status;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
    this.logs.wake();
  }

  /** Resolves once `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changed.promise;
  }

  networks(
    nameOf: (id: string) => { name: string; gateway: string } | undefined,
  ): ContainerNetworkInfo[] {
    return [...this.endpoints].map(([id, endpoint]) => {
      const network = nameOf(id);
      const address = endpoint.address ?? endpoint.fixedAddress;
      return {
        name: network?.name ?? id,
        id,
        ipv4Address: address,
        fixedIpv4Address: endpoint.fixedAddress,
        ipv6Address: endpoint.ipv6Address ?? endpoint.fixedIpv6Address,
        fixedIpv6Address: endpoint.fixedIpv6Address,
        ...(network === undefined ? {} : { gateway: network.gateway }),
        ...(endpoint.aliases.length === 0 ? {} : { aliases: endpoint.aliases }),
      };
    });
  }
}
