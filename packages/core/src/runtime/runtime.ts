import type { Duplex } from "node:stream";
import type { RuntimeCapabilities } from "./capabilities.js";
import type { CallOptions } from "./common.js";
import type { ContainerOperations } from "./containers.js";
import type { GroupOperations } from "./groups.js";
import type { HousekeepingOperations } from "./housekeeping.js";
import type { ImageOperations } from "./images.js";
import type { NetworkOperations } from "./networks.js";
import type { VolumeOperations } from "./volumes.js";

/** Something that keeps nodes from running. */
export interface RuntimeObstacle {
  reason: string;
  hint: string;
  /** Of several machines: the one that is kept from running nodes, where the others may run theirs. */
  machine?: string;
}

/** Engines that know each other, so that one of them can make networks which the others' containers join. */
export interface MachineGroup {
  /** This engine's id in its group. Absent: it could be in one, and is in none. */
  member?: string;
  /** Ids of those that make networks; two engines are in one group when these overlap. */
  managers: readonly string[];
  /** What to run on the engine's machine to begin a group, for people. */
  howToBegin: string;
  /** What to run on the engine's machine to join one, for people. */
  howToJoin: string;
  /** What to run on the engine's machine to leave one, for people. */
  howToLeave?: string;
}

export interface RuntimeInfo {
  /** The adapter's name, e.g. `docker`. */
  runtime: string;
  /** For people, e.g. `Docker Engine 20.10.24`. */
  engine: string;
  version: string;
  apiVersion?: string;
  /** `linux` for all engines k3d can use. */
  os: string;
  /** Go words: `amd64`, `arm64` … */
  architecture: string;
  /** For people, e.g. `Debian GNU/Linux 12 (bookworm)`. */
  operatingSystem?: string;
  kernelVersion?: string;
  rootless: boolean;
  cgroupVersion: 1 | 2;
  cgroupDriver?: string;
  /** E.g. `apparmor`, `seccomp`, `selinux`. */
  securityOptions: string[];
  storageDriver?: string;
  /** Directory on the engine's machine where it keeps images and containers, where it tells. */
  storagePath?: string;
  cpus?: number;
  /** Bytes. */
  memory?: number;
  /** Where it is reached, without secrets, e.g. `unix:///var/run/docker.sock`. */
  endpoint: string;
  /** Host name under which published ports are reached from here; `undefined` when that is this machine. */
  remoteHost?: string;
  /** Address of the engine's resolver inside containers where that is on their loopback, so that pods inside cannot reach it. */
  embeddedDns?: string;
  /** Network that containers join which name none, where others can be joined besides. Absent: there is none. */
  defaultNetwork?: string;
  /** The engine runs in a virtual machine of its own (Docker Desktop, podman machine …). */
  virtualMachine: boolean;
  /** Why nodes cannot run here, e.g. what a rootless engine lacks, and what to do about each. Default: nothing. */
  obstacles?: readonly RuntimeObstacle[];
  /** Absent: the engine knows no networks over machines. */
  machineGroup?: MachineGroup;
}

/** One of the machines that a composed runtime is made of. */
export interface MachineState {
  name: string;
  /** Whether its engine answered when it was last asked. */
  reachable: boolean;
  /** Why it is not reachable, for people. */
  reason?: string;
}

/** An address as the engine's machine sees it. */
export interface DialAddress {
  host: string;
  port: number;
}

/**
 * The contract between core and a container engine. All types in it are
 * core's; an engine's own never appear.
 *
 * Every promise in these doc comments is a test in
 * `@k3d/runtime-conformance`. Errors are `K3dError`s throughout.
 */
export interface ContainerRuntime {
  /** The adapter's name as used with `--runtime`. For display only; never decide by it. */
  readonly name: string;
  /**
   * What this engine can do; the same for as long as this object lives. A promise where the engine
   * must be asked, which is put off to the first use: most commands need none of it. It rejects as
   * {@link info} does.
   */
  readonly capabilities: RuntimeCapabilities | Promise<RuntimeCapabilities>;
  /** @throws `RUNTIME_UNAVAILABLE`. */
  info(options?: CallOptions): Promise<RuntimeInfo>;
  readonly containers: ContainerOperations;
  readonly images: ImageOperations;
  readonly networks: NetworkOperations;
  readonly volumes: VolumeOperations;
  /** Absent where the runtime keeps nothing besides these objects and cannot tell sizes. */
  readonly housekeeping?: HousekeepingOperations;
  /** Needs capability `machineGroups`, without which it may be absent. */
  readonly groups?: GroupOperations;
  /** The machines that this runtime is composed of, the one that makes networks first. Absent: it is one engine, as all adapters are. */
  readonly machines?: readonly MachineState[];
  /**
   * Opens a TCP connection from the engine's machine to an address as it is seen there, e.g. to a
   * published port on its loopback. Absent where the way to the engine carries no connections but
   * its own, and for an engine of this machine, where nobody needs it.
   *
   * The connection is ended by `destroy`, and when the way to the engine is cut. The signal counts
   * until it is open. After a cut the next call finds the way anew.
   *
   * @throws `REMOTE_UNAVAILABLE` when nothing accepts it there; `RUNTIME_UNAVAILABLE` when the engine's machine cannot be reached.
   */
  dial?(address: DialAddress, options?: CallOptions): Promise<Duplex>;
  /** Frees sockets and child processes. No call may follow. */
  close(): Promise<void>;
}
