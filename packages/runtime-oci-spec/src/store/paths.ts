import { join } from "node:path";

/** Every path the runtime uses, all below its two directories. */
export interface Paths {
  root: string;
  run: string;
  /** OCI image layout with all images. */
  images: string;
  /** Root file systems of unpacked images, by image id. */
  unpacked: string;
  containers: string;
  /** Links from container names to ids. */
  names: string;
  networks: string;
  volumes: string;
  /** Copies under way. */
  tmp: string;
  locks: string;
  /** State of runc or crun. */
  runtimeState: string;
  networkNamespaces: string;
  /** Addresses given out by the IPAM plugin. */
  addresses: string;
  monitors: string;
  /** Processes run inside containers. */
  execs: string;
}

export function pathsOf(root: string, run: string): Paths {
  return {
    root,
    run,
    images: join(root, "images"),
    unpacked: join(root, "unpacked"),
    containers: join(root, "containers"),
    names: join(root, "names"),
    networks: join(root, "networks"),
    volumes: join(root, "volumes"),
    tmp: join(root, "tmp"),
    locks: join(run, "locks"),
    runtimeState: join(run, "runtime"),
    networkNamespaces: join(run, "netns"),
    addresses: join(run, "addresses"),
    monitors: join(run, "monitors"),
    execs: join(run, "execs"),
  };
}

/** The files of one container. Its directory is its OCI bundle too. */
export interface ContainerPaths {
  directory: string;
  record: string;
  state: string;
  config: string;
  rootfs: string;
  /** Writes of the container, where its root is an overlay. */
  upper: string;
  work: string;
  log: string;
  hosts: string;
  hostname: string;
  resolvConf: string;
  networkNamespace: string;
  /** What conmon writes: its own pid, the container's, the exit code. */
  monitor: string;
}

export function containerPaths(paths: Paths, id: string): ContainerPaths {
  const directory = join(paths.containers, id);
  return {
    directory,
    record: join(directory, "container.json"),
    state: join(directory, "state.json"),
    config: join(directory, "config.json"),
    rootfs: join(directory, "rootfs"),
    upper: join(directory, "upper"),
    work: join(directory, "work"),
    log: join(directory, "log"),
    hosts: join(directory, "hosts"),
    hostname: join(directory, "hostname"),
    resolvConf: join(directory, "resolv.conf"),
    networkNamespace: join(paths.networkNamespaces, id),
    monitor: join(paths.monitors, id),
  };
}
