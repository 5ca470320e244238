import type { RuntimeInfo, RuntimeObstacle } from "@k3d/core/runtime";

/** The part of `podman version --format json` that is read. */
export interface VersionJson {
  Client: { Version: string; APIVersion: string };
  /** Only of a remote podman. */
  Server?: { Version: string; APIVersion: string } | null;
}

/** The part of `podman info --format json` that is read. */
export interface InfoJson {
  host: {
    arch: string;
    os: string;
    cgroupManager: string;
    cgroupVersion: string;
    cgroupControllers?: string[] | null;
    cpus: number;
    distribution: { distribution: string; version?: string; codename?: string };
    kernel: string;
    memTotal: number;
    networkBackend?: string;
    /** Since podman 4.6. */
    networkBackendInfo?: { backend: string; dns?: { path?: string } };
    security: {
      apparmorEnabled?: boolean;
      rootless: boolean;
      seccompEnabled?: boolean;
      selinuxEnabled?: boolean;
    };
  };
  store: { graphDriverName: string; graphRoot?: string };
  version: { Version: string; APIVersion: string };
}

export interface InfoSources {
  endpoint: string;
  remoteHost: string | undefined;
  virtualMachine: boolean;
  /** Why nodes cannot run. */
  obstacles?: () => Promise<RuntimeObstacle[]>;
}

export function runtimeInfo(
  { host, store, version }: InfoJson,
  { endpoint, remoteHost, virtualMachine }: Omit<InfoSources, "obstacles">,
): RuntimeInfo {
  const { apparmorEnabled, rootless, seccompEnabled, selinuxEnabled } = host.security;
  const { distribution, version: release, codename } = host.distribution;
  const info: RuntimeInfo = {
    runtime: "podman",
    engine: `Podman ${version.Version}`,
    version: version.Version,
    apiVersion: version.APIVersion,
    os: host.os,
    architecture: host.arch,
    operatingSystem: [distribution, release, codename && `(${codename})`]
      .filter((part) => part)
      .join(" "),
    kernelVersion: host.kernel,
    rootless,
    cgroupVersion: host.cgroupVersion === "v1" ? 1 : 2,
    cgroupDriver: host.cgroupManager,
    securityOptions: [
      ...(apparmorEnabled === true ? ["apparmor"] : []),
      ...(seccompEnabled === true ? ["seccomp"] : []),
      ...(selinuxEnabled === true ? ["selinux"] : []),
      ...(rootless ? ["rootless"] : []),
    ],
    storageDriver: store.graphDriverName,
    ...(store.graphRoot ? { storagePath: store.graphRoot } : {}),
    cpus: host.cpus,
    memory: host.memTotal,
    endpoint,
    // Always there: podman makes it up while nobody defines one of the name.
    defaultNetwork: "podman",
    virtualMachine,
  };
  if (remoteHost !== undefined) info.remoteHost = remoteHost;
  return info;
}
