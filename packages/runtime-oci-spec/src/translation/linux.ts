import type { ContainerSpec } from "@k3d/core/runtime";
import { rootPropagation } from "./mounts.ts";
import type { OciDeviceRule, OciLinux, OciNamespace } from "./oci-config.ts";
import type { OciHost } from "./oci-host.ts";

/** Kernel knobs and tables that an unprivileged container must not see. */
const MASKED_PATHS = [
  "/proc/acpi",
  "/proc/asound",
  "/proc/kcore",
  "/proc/keys",
  "/proc/latency_stats",
  "/proc/sched_debug",
  "/proc/scsi",
  "/proc/timer_list",
  "/proc/timer_stats",
  "/sys/firmware",
];
const READONLY_PATHS = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

/** The devices every container may use; the runtime-spec has the runtime create them. */
const DEFAULT_DEVICE_RULES: OciDeviceRule[] = [
  { allow: false, access: "rwm" },
  // mknod is harmless where opening the node is denied.
  { allow: true, type: "c", access: "m" },
  { allow: true, type: "b", access: "m" },
  ...[
    [1, 3], // null
    [1, 5], // zero
    [1, 7], // full
    [1, 8], // random
    [1, 9], // urandom
    [5, 0], // tty
    [5, 1], // console
    [5, 2], // ptmx
  ].map(([major, minor]): OciDeviceRule => ({
    allow: true,
    type: "c",
    major: major ?? 0,
    minor: minor ?? 0,
    access: "rwm",
  })),
  { allow: true, type: "c", major: 136, access: "rwm" }, // pts
];

/** The `linux` section of a bundle. */
export function ociLinux(spec: ContainerSpec, host: OciHost): OciLinux {
  const privileged = spec.privileged ?? false;
  const memory = spec.linux.resources?.memory?.limit;
  const propagation = rootPropagation(spec.mounts);
  const sysctl = { ...defaultSysctl(spec), ...spec.linux.sysctl };
  return {
    namespaces: namespaces(spec, host),
    devices: privileged ? host.devices : [],
    cgroupsPath: host.cgroupsPath,
    resources: {
      devices: privileged ? [{ allow: true, access: "rwm" }] : DEFAULT_DEVICE_RULES,
      ...(memory === undefined ? {} : { memory: { limit: memory } }),
    },
    ...(Object.keys(sysctl).length > 0 ? { sysctl } : {}),
    ...(privileged ? {} : { maskedPaths: MASKED_PATHS, readonlyPaths: READONLY_PATHS }),
    rootfsPropagation: propagation,
  };
}

/** Within its own network a container may listen on any port, whatever its user: as with Docker. */
function defaultSysctl(spec: ContainerSpec): Record<string, string> {
  return spec.hostNetwork ? {} : { "net.ipv4.ip_unprivileged_port_start": "0" };
}

/**
 * All namespaces of its own but those shared with the host. A user namespace
 * is never made: the daemonless runtime runs as root without id mappings. The
 * cgroup namespace follows the engines' default: private on cgroup v2 only.
 */
function namespaces(spec: ContainerSpec, host: OciHost): OciNamespace[] {
  const shared = new Set<string>(spec.linux.hostNamespaces);
  if (spec.hostNetwork) shared.add("network");
  if (host.cgroupVersion === 1) shared.add("cgroup");
  const all: OciNamespace[] = [
    { type: "mount" },
    { type: "pid" },
    { type: "ipc" },
    { type: "uts" },
    { type: "cgroup" },
    {
      type: "network",
      path: host.networkNamespace,
    },
  ];
  return all.filter(({ type }) => !shared.has(type));
}
