/**
 * What a runtime can do. Core decides by these alone, never by a runtime's name,
 * and the conformance suite skips by these alone. `CAPABILITY_NEEDS` says what
 * needs each and what happens without it.
 *
 * What is `false` is refused: a method it stands for, or a spec that asks for
 * it, is `UNSUPPORTED`. Of a spec, `memoryLimit`, `rlimits`, `gpus` and
 * `restartPolicy` may instead have no effect.
 */
export interface RuntimeCapabilities {
  /** Fixed IPv4 addresses on networks created with a subnet. */
  staticIp: boolean;
  /** `NetworkSpec.dynamicRange`: automatic addresses are kept within a sub-range. */
  dynamicRange: boolean;
  /** `NetworkSpec.ipv6`, and fixed IPv6 addresses on such networks; published ports are reached at IPv6 addresses of the host too, but for `::1`. */
  ipv6: boolean;
  /** Ports with the `hostIp` `::1` are reached there. A kernel that translates addresses does so for none of IPv6's loopback: that takes a program which passes on. */
  ipv6Loopback: boolean;
  /** Containers find each other by name on a network. */
  dns: boolean;
  /** `pause` and `unpause`. */
  pause: boolean;
  /** `linux.resources.memory.limit` is enforced. */
  memoryLimit: boolean;
  /** `process.rlimits` above the caller's own. */
  rlimits: boolean;
  gpus: boolean;
  /** Containers are restarted as `restartPolicy` says while the host is up. */
  restartPolicy: boolean;
  /** Containers with `always`/`unless-stopped` come back after the host or the engine restarted. */
  restartAfterBoot: boolean;
  /** `images.pull`. */
  imagePull: boolean;
  /** `images.save` and `images.load`. */
  imageArchive: boolean;
  /** `containers.getArchive` tells the files' owners. Without it all belong to the container's user. */
  archiveOwners: boolean;
  /** Named volumes. */
  volumes: boolean;
  /** The mount options `U`, which gives what is mounted to the container's user, and `O`, with which what the container changes there stays in a layer of its own. */
  mountModes: boolean;
  /** `hostNetwork`. */
  hostNetwork: boolean;
  /** More than one network for a container; `networks.connect`/`disconnect` on a running one. */
  multipleNetworks: boolean;
  /** `containers.stats`. */
  stats: boolean;
  /** Port publishing. */
  portPublishing: boolean;
  /** Privileged containers. */
  privileged: boolean;
  /** `rename`. */
  rename: boolean;
  /** Bind mounts see the machine this process runs on. `false` for remote engines. */
  localBindMounts: boolean;
  /** `NetworkSpec.overMachines`: this engine can make networks that reach other engines of its `RuntimeInfo.machineGroup`. */
  networkOverMachines: boolean;
  /** `groups`: this engine can be put into a group with others. */
  machineGroups: boolean;
}

export type CapabilityName = keyof RuntimeCapabilities;
