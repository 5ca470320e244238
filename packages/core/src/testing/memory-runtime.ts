import type { ErrorCode } from "../errors/index.js";
import { fullImageReference } from "../image/index.js";
import type { RuntimeCapabilities } from "../runtime/capabilities.js";
import { enforceCapabilities } from "../runtime/enforce-capabilities.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime, RuntimeInfo } from "../runtime/runtime.js";
import {
  MemoryFaults,
  type FaultOptions,
  type MemoryCall,
  type MemoryGate,
  type MemoryOperation,
} from "./memory-faults.js";
import type { MemoryFiles } from "./files.js";
import type { MemoryImage } from "./image-store.js";
import { MemoryContainers } from "./memory-containers.js";
import { MemoryGroups } from "./memory-groups.js";
import { MemoryImages, toStoredImage } from "./memory-images.js";
import { MemoryNetworks } from "./memory-networks.js";
import { MemoryVolumes } from "./memory-volumes.js";
import { SimulatedHostPorts, type MemoryHostPorts } from "./ports.js";
import type { MemoryProgram, MemoryProgramChoice } from "./process.js";
import { MemoryGroup, type MemoryWire, MemoryWorld } from "./world.js";

export interface MemoryRuntimeOptions {
  /** Images that are there from the start. */
  images?: (string | MemoryImage)[];
  /** Images that `pull` finds. */
  registry?: (string | MemoryImage)[];
  capabilities?: Partial<RuntimeCapabilities>;
  info?: Partial<RuntimeInfo>;
  /** Default: ports of this object alone; nothing is bound on the machine. */
  hostPorts?: MemoryHostPorts;
  /** Whether a container can start with these arguments; otherwise `start` is `CONTAINER_FAILED`. Default: always. */
  canExecute?: (args: readonly string[]) => boolean;
  /** Default: the system's clock. */
  now?: () => Date;
  /** Engines that were given the same one have their networks in common, as those of a swarm do. */
  group?: MemoryGroup;
  /** Engines that were given the same one can be put into a group. Default: this one cannot. */
  wire?: MemoryWire;
}

const CAPABILITIES: RuntimeCapabilities = {
  staticIp: true,
  dynamicRange: true,
  ipv6: true,
  ipv6Loopback: true,
  dns: true,
  pause: true,
  memoryLimit: false,
  rlimits: false,
  gpus: false,
  restartPolicy: true,
  restartAfterBoot: false,
  imagePull: true,
  imageArchive: true,
  archiveOwners: true,
  volumes: true,
  hostNetwork: false,
  multipleNetworks: true,
  portPublishing: true,
  privileged: true,
  rename: true,
  stats: true,
  localBindMounts: false,
  networkOverMachines: false,
  machineGroups: false,
  mountModes: false,
};

const INFO: RuntimeInfo = {
  runtime: "memory",
  engine: "In-memory engine",
  version: "1.0.0",
  os: "linux",
  architecture: "amd64",
  rootless: false,
  cgroupVersion: 2,
  securityOptions: [],
  endpoint: "memory:",
  virtualMachine: false,
};

function toImage(image: string | MemoryImage): MemoryImage {
  return typeof image === "string" ? { reference: image } : image;
}

/**
 * An engine without an engine, for tests: keeps the runtime contract, runs
 * scripted programs as processes, fails or waits where a test says so.
 *
 * A container that no program was scripted for runs until it is stopped; an
 * exec that none was scripted for ends with 127.
 */
export class MemoryRuntime implements ContainerRuntime {
  readonly name = "memory";
  readonly capabilities: RuntimeCapabilities;
  readonly containers: MemoryContainers;
  readonly images: MemoryImages;
  readonly networks: MemoryNetworks;
  readonly volumes: MemoryVolumes;
  readonly groups: MemoryGroups;
  readonly #faults = new MemoryFaults();
  readonly #world: MemoryWorld;
  readonly #info: RuntimeInfo;
  readonly #group: MemoryGroups | undefined;

  constructor(options: MemoryRuntimeOptions = {}) {
    const machineGroups = options.wire !== undefined;
    const networkOverMachines = options.group !== undefined || machineGroups;
    this.capabilities = {
      ...CAPABILITIES,
      networkOverMachines,
      machineGroups,
      ...options.capabilities,
    };
    this.#world = new MemoryWorld({
      faults: this.#faults,
      hostPorts: options.hostPorts ?? new SimulatedHostPorts(),
      canExecute: options.canExecute ?? (() => true),
      now: options.now ?? (() => new Date()),
      group: options.group ?? new MemoryGroup(options.wire?.ids),
      archiveOwners: this.capabilities.archiveOwners,
    });
    const groups = new MemoryGroups(this.#world, options.wire, options.group);
    if (networkOverMachines) this.#group = groups;
    this.groups = enforceCapabilities("groups", groups, this);
    this.#info = { ...INFO, ...options.info };
    this.containers = enforceCapabilities("containers", new MemoryContainers(this.#world), this);
    this.images = enforceCapabilities("images", new MemoryImages(this.#world), this);
    this.networks = enforceCapabilities("networks", new MemoryNetworks(this.#world), this);
    this.volumes = enforceCapabilities("volumes", new MemoryVolumes(this.#world), this);
    for (const image of options.images ?? []) this.addImage(image);
    for (const image of options.registry ?? []) {
      const described = toImage(image);
      this.images.registry.set(
        fullImageReference(described.reference),
        toStoredImage(described, this.#world.now()),
      );
    }
  }

  async info({ signal }: CallOptions = {}): Promise<RuntimeInfo> {
    await this.#faults.enter("info", "", signal);
    const machineGroup = this.#group?.membership;
    return machineGroup === undefined ? this.#info : { machineGroup, ...this.#info };
  }

  async close(): Promise<void> {
    for (const container of this.#world.containers.values()) {
      container.stopRequested = true;
      container.main?.kill("SIGKILL");
    }
  }

  /** Every call so far, oldest first. */
  get calls(): readonly MemoryCall[] {
    return this.#faults.calls;
  }

  addImage(image: string | MemoryImage): void {
    const described = toImage(image);
    this.#world.images.set(
      fullImageReference(described.reference),
      toStoredImage(described, this.#world.now()),
    );
  }

  /** Asks `choose` for the program of every process that starts from now on, before those given earlier. */
  programs(choose: MemoryProgramChoice): void {
    this.#world.programs.push(choose);
  }

  /** What containers run whose name matches. */
  onStart(container: string | RegExp, program: MemoryProgram): void {
    this.programs((process) =>
      process.kind === "main" && matches(container, process.container) ? program : undefined,
    );
  }

  /**
   * What `exec` runs in containers whose name matches.
   *
   * @param command the arguments joined by spaces; a string has to be their beginning.
   */
  onExec(container: string | RegExp, command: string | RegExp, program: MemoryProgram): void {
    this.programs((process) => {
      if (process.kind !== "exec" || !matches(container, process.container)) return undefined;
      const line = process.args.join(" ");
      return (typeof command === "string" ? line.startsWith(command) : command.test(line))
        ? program
        : undefined;
    });
  }

  /** Makes the next calls of `operation` reject; a call that fails changes nothing. */
  fail(operation: MemoryOperation, error: Error | ErrorCode, options?: FaultOptions): void {
    this.#faults.fail(operation, error, options);
  }

  /** Makes calls of `operation` wait until the gate is released. */
  hold(operation: MemoryOperation, subject?: string): MemoryGate {
    return this.#faults.hold(operation, subject);
  }

  /** Files of a container, to look at or to prepare. */
  files(container: string): MemoryFiles {
    return this.#world.container(container).files;
  }

  /** Writes to a container's log as its process would. */
  print(container: string, line: string, stream: "stdout" | "stderr" = "stdout"): void {
    this.#world.container(container).logs.write(`${line}\n`, stream);
  }

  /** What `stats` tells of a container from now on. Until it is said: no CPU time and 1 MiB. */
  setUsage(container: string, usage: { cpuNanoseconds: number; memoryBytes: number }): void {
    this.#world.container(container).usage = usage;
  }

  /** Ends a container's process from outside, as a crash does; its restart policy applies. */
  crash(container: string): void {
    this.#world.container(container).main?.kill("SIGKILL");
  }

  /** Names of everything that exists: what a test of "nothing left behind" compares. */
  inventory(): { containers: string[]; networks: string[]; volumes: string[] } {
    return {
      containers: names(this.#world.containers.values()),
      networks: names(this.#world.networks.values()),
      volumes: names(this.#world.volumes.values()),
    };
  }
}

function names(values: Iterable<{ name: string }>): string[] {
  return [...values].map(({ name }) => name).toSorted();
}

function matches(pattern: string | RegExp, name: string): boolean {
  return typeof pattern === "string" ? pattern === name : pattern.test(name);
}
