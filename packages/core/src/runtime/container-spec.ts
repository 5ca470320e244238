/**
 * A container in the words of the OCI runtime-spec, plus what an engine needs
 * beyond a bundle (name, image, networks, ports, restart policy …).
 *
 * Field names and meanings follow
 * https://github.com/opencontainers/runtime-spec/blob/main/config.md where a
 * field exists there. Plain data: serialisable, never mutated after planning.
 */
export interface ContainerSpec {
  /** Unique in the engine; also the DNS name on its networks. */
  name: string;
  /** Full image reference, e.g. `docker.io/rancher/k3s:v1.31.5-k3s1`. */
  image: string;
  /** UTS host name. Default: `name`. Ignored with `hostNetwork`. */
  hostname?: string;
  process: ProcessSpec;
  mounts: MountSpec[];
  labels: Record<string, string>;
  /** OCI annotations; adapters pass them on where the engine has them. */
  annotations?: Record<string, string>;
  linux: LinuxSpec;
  /** All capabilities, all devices, no seccomp, no masked paths. Default `false`. */
  privileged?: boolean;
  /** Run an init process as PID 1 that forwards signals and reaps. Default `false`. */
  init?: boolean;
  /** `false` switches SELinux/AppArmor labelling off for this container. Default `true`. */
  securityLabel?: boolean;
  /** Attached networks; the first one is the primary. Empty with `hostNetwork`. */
  networks: NetworkAttachment[];
  /** Share the host's network namespace. Default `false`. */
  hostNetwork?: boolean;
  ports: PortBinding[];
  /** Extra lines for `/etc/hosts`; must hold after every restart of the container. */
  extraHosts?: HostEntry[];
  /** Default `no`. */
  restartPolicy?: RestartPolicy;
  /**
   * Seconds that a stop waits before it kills, also when the engine itself stops
   * or the host shuts down, where the engine does that. Default 10.
   */
  stopTimeout?: number;
  /** What a stop sends to the first process, e.g. `SIGTERM`. Default: the image's, else `SIGTERM`. */
  stopSignal?: string;
  /** GPU request in Docker's `--gpus` words (`all`, a count, `device=…`). */
  gpus?: string;
}

export interface ProcessSpec {
  /** The whole argv. Omitted: the image's entrypoint and command. */
  args?: string[];
  /** `NAME=value` entries, added to the image's own. */
  env: string[];
  /** Working directory. Default: the image's. */
  cwd?: string;
  /** `uid[:gid]` or a user name. Default: the image's. */
  user?: string;
  rlimits?: Rlimit[];
}

export interface Rlimit {
  /** OCI name, e.g. `RLIMIT_NOFILE`. */
  type: string;
  soft: number;
  hard: number;
}

export interface MountSpec {
  destination: string;
  type: "bind" | "volume" | "tmpfs";
  /** Host path for `bind`, volume name for `volume`; absent for `tmpfs` and anonymous volumes. */
  source?: string;
  /** OCI mount options, e.g. `ro`, `rshared`, `size=64m`. */
  options?: string[];
}

export interface LinuxSpec {
  resources?: {
    memory?: {
      /** Bytes. */
      limit?: number;
    };
  };
  /** Namespaces shared with the host; all others are the container's own. */
  hostNamespaces?: ("pid" | "user" | "ipc" | "uts" | "cgroup")[];
  sysctl?: Record<string, string>;
}

export interface NetworkAttachment {
  name: string;
  /** Fixed IPv4 address; needs the `staticIp` capability. Omitted: the engine chooses. */
  ipv4Address?: string;
  /** Fixed IPv6 address; needs `staticIp` and `ipv6`, and a network that was created with such a subnet. */
  ipv6Address?: string;
  /** Further DNS names on this network. */
  aliases?: string[];
  /** Another engine of the group made it (`NetworkSpec.overMachines`): this one may not know it before the container starts. Default `false`. */
  madeElsewhere?: boolean;
}

export type PortProtocol = "tcp" | "udp" | "sctp";

export interface PortBinding {
  containerPort: number;
  protocol: PortProtocol;
  /** Address on the host. Omitted: all addresses. */
  hostIp?: string;
  /** Omitted in a plan: settled when it is carried out. Omitted in a spec: the engine picks, and picks anew at each start. */
  hostPort?: number;
}

export interface HostEntry {
  ip: string;
  hostnames: string[];
}

export interface RestartPolicy {
  name: "no" | "always" | "unless-stopped" | "on-failure";
  /** Only with `on-failure`; 0 or absent means without limit. */
  maximumRetryCount?: number;
}
