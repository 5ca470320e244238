import type { Readable } from "node:stream";
import type { ContainerSpec, PortBinding, RestartPolicy } from "./container-spec.js";
import type { CallOptions, ListOptions } from "./common.js";
import type { ContainerStats } from "./stats.js";

/**
 * OCI runtime-spec status words, plus `restarting` (the engine will start it
 * again by its restart policy) and `removing`.
 */
export type ContainerStatus =
  | "creating"
  | "created"
  | "running"
  | "paused"
  | "restarting"
  | "stopped"
  | "removing";

export interface ContainerNetworkInfo {
  name: string;
  /** Network id where the engine has one. */
  id?: string;
  /** Current address; absent while the container is not running, unless fixed. */
  ipv4Address?: string;
  /** The address asked for at creation, where the engine tells it. */
  fixedIpv4Address?: string;
  /** As `ipv4Address`; absent also where the network has no IPv6. Never a link-local one. */
  ipv6Address?: string;
  fixedIpv6Address?: string;
  /** The IPv4 one. */
  gateway?: string;
  aliases?: string[];
}

/** What `list` tells: enough to show clusters without one more call per container. */
export interface ContainerSummary {
  id: string;
  name: string;
  image: string;
  status: ContainerStatus;
  labels: Record<string, string>;
  created: Date;
  networks: ContainerNetworkInfo[];
  /** Published ports that are bound now. Of a container that does not run, `inspect` tells those of its spec; `list` may tell none. */
  ports: PortBinding[];
}

export interface ContainerInfo extends ContainerSummary {
  hostname: string;
  startedAt?: Date;
  finishedAt?: Date;
  /** Of the last run; absent when it never ended. */
  exitCode?: number;
  /** The engine's words on why it does not run, where it has any. */
  error?: string;
  /** Host pid of the container's first process while running. */
  pid?: number;
  restartCount: number;
  /** The spec as far as the engine keeps it: what a re-creation needs. */
  spec: ContainerSpec;
  restartPolicy: RestartPolicy;
  mounts: ContainerMountInfo[];
}

export interface ContainerMountInfo {
  type: "bind" | "volume" | "tmpfs";
  destination: string;
  /** Host path, or volume name for `volume`. */
  source?: string;
  readOnly: boolean;
}

export interface LogEntry {
  stream: "stdout" | "stderr";
  /** One line without its newline. */
  line: string;
  /** Present when `timestamps` was asked for. */
  timestamp?: Date;
}

export interface LogOptions extends CallOptions {
  /** Go on until the container ends or `signal` aborts, which then ends the iteration without an error (without `follow` it rejects). Default `false`. */
  follow?: boolean;
  /** Only entries at or after this moment. */
  since?: Date;
  /** Only the last `tail` lines. Default: all. */
  tail?: number;
  timestamps?: boolean;
}

export interface ExecOptions extends CallOptions {
  args: string[];
  env?: string[];
  cwd?: string;
  user?: string;
  privileged?: boolean;
  /** Piped to the process, then closed. Omitted: no standard input. */
  stdin?: Readable;
}

/** A process started inside a container. Consume both streams, or call `resume()` on them. */
export interface ExecProcess {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves once the process ended and both streams ended; rejects with `ABORTED` or `RUNTIME_ERROR`. */
  readonly exitCode: Promise<number>;
}

export interface StopOptions extends CallOptions {
  /** Seconds between the stop signal and SIGKILL. Default: the spec's `stopTimeout`. */
  timeoutSeconds?: number;
}

export interface RemoveOptions extends CallOptions {
  /** Also when it is running (kills it). Default `false`. */
  force?: boolean;
  /** Also its anonymous volumes. Default `true`. */
  volumes?: boolean;
}

/**
 * Containers. `id` is an id or a name everywhere. A missing container is
 * `NOT_FOUND` (also in `remove`), an engine that does not answer
 * `RUNTIME_UNAVAILABLE`.
 */
export interface ContainerOperations {
  /**
   * Creates, does not start. Never pulls.
   * @returns the id.
   * @throws `NAME_IN_USE`, `IMAGE_NOT_FOUND`, `NOT_FOUND` (network), `INVALID_INPUT` (the engine refuses the spec); leaves nothing behind.
   */
  create(spec: ContainerSpec, options?: CallOptions): Promise<string>;
  /**
   * Starts; a running container is left alone (no error).
   * @throws `PORT_IN_USE`, `ADDRESS_IN_USE`, `CONTAINER_FAILED` (its process cannot be started).
   */
  start(id: string, options?: CallOptions): Promise<void>;
  /** Stops with the spec's `stopSignal` and resolves when it has ended; a stopped container is left alone. Suspends the restart policy until the next start. */
  stop(id: string, options?: StopOptions): Promise<void>;
  /** @throws `NOT_FOUND`; `INVALID_INPUT` when it runs and `force` is not set. */
  remove(id: string, options?: RemoveOptions): Promise<void>;
  /** Needs capability `pause`. */
  pause(id: string, options?: CallOptions): Promise<void>;
  unpause(id: string, options?: CallOptions): Promise<void>;
  /** Needs capability `rename`. @throws `NAME_IN_USE`. */
  rename(id: string, name: string, options?: CallOptions): Promise<void>;
  inspect(id: string, options?: CallOptions): Promise<ContainerInfo>;
  /** All containers, not only running ones, in no particular order. */
  list(options?: ListOptions): Promise<ContainerSummary[]>;
  /** What it uses now. Needs capability `stats`. @throws `CONTAINER_FAILED` when it is not running. */
  stats(id: string, options?: CallOptions): Promise<ContainerStats>;
  /** Resolves with the exit code once the container is not running; at once when it is not, with 0 when it never ran. */
  wait(id: string, options?: CallOptions): Promise<number>;
  /** @throws `CONTAINER_FAILED` when it is not running; `COMMAND_FAILED` when the executable is not there (exit 126/127 are passed on instead where the engine reports them so). */
  exec(id: string, options: ExecOptions): Promise<ExecProcess>;
  /** Log lines, oldest first, as they come; nothing is buffered whole. */
  logs(id: string, options?: LogOptions): AsyncIterable<LogEntry>;
  /** Unpacks a tar stream into the directory `path`, which exists, also before the first start. Owners and modes are kept. The stream is read to its end, or destroyed on failure. */
  putArchive(id: string, path: string, archive: Readable, options?: CallOptions): Promise<void>;
  /** A tar stream of the file or directory at `path`, also of a stopped container; with owners where capability `archiveOwners` says so. @throws `NOT_FOUND`. */
  getArchive(id: string, path: string, options?: CallOptions): Promise<Readable>;
}
