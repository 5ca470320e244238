import type { MachineGroup, RuntimeCapabilities, RuntimeInfo } from "@k3d/core/runtime";
import { endpointUrl, remoteHostOf, type Endpoint } from "../endpoint/endpoint.js";

/** What `GET /info` tells that k3d uses. */
export interface SystemInfo {
  OSType?: string;
  OperatingSystem?: string;
  KernelVersion?: string;
  CgroupVersion?: string;
  CgroupDriver?: string;
  SecurityOptions?: string[] | null;
  Driver?: string;
  DockerRootDir?: string;
  NCPU?: number;
  MemTotal?: number;
  MemoryLimit?: boolean;
  Runtimes?: Record<string, unknown>;
  /** Only where it is configured. */
  DefaultAddressPools?: unknown[] | null;
  DiscoveredDevices?: { Source?: string; ID?: string }[] | null;
  Swarm?: {
    NodeID?: string;
    NodeAddr?: string;
    LocalNodeState?: string;
    ControlAvailable?: boolean;
    RemoteManagers?: { NodeID?: string; Addr?: string }[] | null;
  };
}

/** What `GET /version` tells that k3d uses. */
export interface SystemVersion {
  Version: string;
  ApiVersion: string;
  MinAPIVersion?: string;
  Os?: string;
  Arch?: string;
}

const VIRTUAL_MACHINES = /docker desktop|orbstack|rancher desktop|boot2docker|colima/i;

/** `name=seccomp,profile=default` → `seccomp`. */
function securityNames(info: SystemInfo): string[] {
  return (info.SecurityOptions ?? []).map((option) =>
    (/^name=([^,]+)/.exec(option)?.[1] ?? option).trim(),
  );
}

function isRootless(info: SystemInfo): boolean {
  return securityNames(info).includes("rootless");
}

/** Whether networks of the engine may be networks of this machine, with subnets from the engine's default pool. */
export function networksByDefault(info: SystemInfo, endpoint: Endpoint): boolean {
  return (
    endpoint.kind === "socket" && !isRootless(info) && (info.DefaultAddressPools ?? []).length === 0
  );
}

/** What this engine can do, from what it says of itself. */
export function toCapabilities(info: SystemInfo, endpoint: Endpoint): RuntimeCapabilities {
  const cgroups = info.CgroupDriver !== "none";
  return {
    staticIp: true,
    dynamicRange: true,
    ipv6: true,
    // By its userland proxy, which it has unless somebody switched it off.
    ipv6Loopback: true,
    dns: true,
    pause: cgroups,
    memoryLimit: cgroups && info.MemoryLimit === true,
    rlimits: !isRootless(info),
    gpus:
      "nvidia" in (info.Runtimes ?? {}) ||
      (info.DiscoveredDevices ?? []).some((device) => /gpu/i.test(device.ID ?? "")),
    restartPolicy: true,
    restartAfterBoot: true,
    imagePull: true,
    imageArchive: true,
    archiveOwners: true,
    volumes: true,
    hostNetwork: true,
    multipleNetworks: true,
    portPublishing: true,
    privileged: true,
    rename: true,
    stats: cgroups,
    localBindMounts: remoteHostOf(endpoint) === undefined,
    machineGroups: true,
    mountModes: false,
    networkOverMachines: isActive(info) && info.Swarm?.ControlAvailable === true,
  };
}

function isActive({ Swarm: swarm }: SystemInfo): boolean {
  return swarm?.LocalNodeState === "active";
}

/** A swarm is the group whose engines share overlay networks; its managers make them. */
function toMachineGroup(info: SystemInfo): MachineGroup {
  const { NodeID: member, RemoteManagers: managers } = info.Swarm ?? {};
  return {
    ...(isActive(info) && member ? { member } : {}),
    managers: isActive(info) ? (managers ?? []).flatMap(({ NodeID: id }) => id ?? []) : [],
    howToBegin: "docker swarm init --advertise-addr ADDRESS",
    howToJoin: "docker swarm join --token TOKEN ADDRESS:2377",
    howToLeave: "docker swarm leave",
  };
}

/** The engine's description of itself in the contract's words. */
export function toRuntimeInfo(
  info: SystemInfo,
  version: SystemVersion,
  apiVersion: string,
  endpoint: Endpoint,
): RuntimeInfo {
  const remoteHost = remoteHostOf(endpoint);
  return {
    runtime: "docker",
    engine: `Docker Engine ${version.Version}`,
    version: version.Version,
    apiVersion,
    os: info.OSType ?? version.Os ?? "linux",
    architecture: version.Arch ?? "",
    ...(info.OperatingSystem ? { operatingSystem: info.OperatingSystem } : {}),
    ...(info.KernelVersion ? { kernelVersion: info.KernelVersion } : {}),
    rootless: isRootless(info),
    cgroupVersion: info.CgroupVersion === "2" ? 2 : 1,
    ...(info.CgroupDriver ? { cgroupDriver: info.CgroupDriver } : {}),
    securityOptions: securityNames(info),
    ...(info.Driver ? { storageDriver: info.Driver } : {}),
    ...(info.DockerRootDir ? { storagePath: info.DockerRootDir } : {}),
    ...(info.NCPU ? { cpus: info.NCPU } : {}),
    ...(info.MemTotal ? { memory: info.MemTotal } : {}),
    endpoint: endpointUrl(endpoint),
    // Docker answers DNS on this address in every container on a network of the user's.
    embeddedDns: "127.0.0.11",
    remoteHost,
    defaultNetwork: "bridge",
    machineGroup: toMachineGroup(info),
    virtualMachine: VIRTUAL_MACHINES.test(info.OperatingSystem ?? ""),
  };
}
