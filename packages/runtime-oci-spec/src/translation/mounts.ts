import { K3dError, type ContainerSpec, type MountSpec } from "@k3d/core/runtime";
import type { OciMount } from "./oci-config.ts";
import type { OciHost } from "./oci-host.ts";
import { INIT_PATH } from "./process.ts";

/** Defaults of an engine's own `--tmpfs`. */
const TMPFS_OPTIONS = ["nosuid", "nodev", "noexec", "mode=755"];

/** All mounts of a container: the kernel's file systems, then files and volumes, parents before children. */
export function ociMounts(spec: ContainerSpec, host: OciHost): OciMount[] {
  const own = spec.mounts.map((mount) => ownMount(mount, host, spec.name));
  const taken = new Set(own.map(({ destination }) => destination));
  const anonymous = Object.entries(host.anonymousVolumes)
    .filter(([destination]) => !taken.has(destination))
    .map(([destination, source]) => bind(destination, source));
  const files = Object.entries(host.files)
    .filter(([destination]) => !taken.has(destination))
    .map(([destination, source]) => bind(destination, source));
  const system = systemMounts(spec, host).filter(({ destination }) => !taken.has(destination));
  return [...system, ...[...own, ...anonymous, ...files].toSorted(byDepth)];
}

function systemMounts(spec: ContainerSpec, host: OciHost): OciMount[] {
  const access = spec.privileged ? "rw" : "ro";
  const shared = new Set(spec.linux.hostNamespaces);
  const mounts: OciMount[] = [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    {
      destination: "/dev",
      type: "tmpfs",
      source: "tmpfs",
      options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
    },
    {
      destination: "/dev/pts",
      type: "devpts",
      source: "devpts",
      options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
    },
    {
      destination: "/sys",
      type: "sysfs",
      source: "sysfs",
      options: ["nosuid", "noexec", "nodev", access],
    },
    {
      destination: "/sys/fs/cgroup",
      type: host.cgroupVersion === 2 ? "cgroup2" : "cgroup",
      source: "cgroup",
      options: ["nosuid", "noexec", "nodev", "relatime", access],
    },
  ];
  if (shared.has("ipc")) {
    mounts.push(bind("/dev/shm", "/dev/shm"), bind("/dev/mqueue", "/dev/mqueue"));
  } else {
    mounts.push(
      {
        destination: "/dev/mqueue",
        type: "mqueue",
        source: "mqueue",
        options: ["nosuid", "noexec", "nodev"],
      },
      {
        destination: "/dev/shm",
        type: "tmpfs",
        source: "shm",
        options: ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"],
      },
    );
  }
  if (spec.init) mounts.push(bind(INIT_PATH, initProgram(spec, host), ["ro"]));
  return mounts;
}

function ownMount(mount: MountSpec, host: OciHost, container: string): OciMount {
  const options = mount.options ?? [];
  if (mount.type === "tmpfs") {
    return {
      destination: mount.destination,
      type: "tmpfs",
      source: "tmpfs",
      options: options.length > 0 ? options : TMPFS_OPTIONS,
    };
  }
  return bind(mount.destination, sourceOf(mount, host, container), options);
}

function sourceOf(mount: MountSpec, host: OciHost, container: string): string {
  if (mount.type === "bind") {
    if (mount.source !== undefined) return mount.source;
    throw new K3dError(
      "INVALID_INPUT",
      `Bind mount ${mount.destination} of container '${container}' has no source`,
    );
  }
  const source =
    mount.source === undefined
      ? host.anonymousVolumes[mount.destination]
      : host.volumes[mount.source];
  if (source !== undefined) return source;
  throw new K3dError(
    "NOT_FOUND",
    `Volume ${mount.source === undefined ? "without a name" : `'${mount.source}'`} for ${mount.destination} of container '${container}' does not exist`,
  );
}

function bind(destination: string, source: string, options: string[] = []): OciMount {
  const recursive = options.includes("bind") || options.includes("rbind") ? [] : ["rbind"];
  const propagation = options.some((option) => PROPAGATION.has(option)) ? [] : ["rprivate"];
  const access = options.includes("ro") || options.includes("rw") ? [] : ["rw"];
  return {
    destination,
    type: "bind",
    source,
    options: [...recursive, ...propagation, ...access, ...options],
  };
}

const PROPAGATION = new Set([
  "private",
  "rprivate",
  "shared",
  "rshared",
  "slave",
  "rslave",
  "unbindable",
  "runbindable",
]);

/** The propagation the root needs for mounts that pass mounts on; absent when none does. */
export function rootPropagation(mounts: readonly MountSpec[]): "shared" | "slave" | undefined {
  const has = (word: string) =>
    mounts.some(({ options }) =>
      options?.some((option) => option === word || option === `r${word}`),
    );
  if (has("shared")) return "shared";
  return has("slave") ? "slave" : undefined;
}

function initProgram(spec: ContainerSpec, host: OciHost): string {
  if (host.init !== undefined) return host.init;
  throw new K3dError(
    "RUNTIME_ERROR",
    `Container '${spec.name}' asks for an init process, and this machine has none`,
    {
      hint: "Install the package catatonit (or tini)",
    },
  );
}

function byDepth(one: OciMount, other: OciMount): number {
  return one.destination.split("/").length - other.destination.split("/").length;
}
