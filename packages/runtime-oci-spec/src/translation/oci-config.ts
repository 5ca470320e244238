/**
 * The parts of the OCI runtime-spec's `config.json` that k3d writes.
 * Source: https://github.com/opencontainers/runtime-spec/blob/v1.0.2/config.md
 */
export interface OciConfig {
  ociVersion: string;
  process: OciProcess;
  root: { path: string; readonly: boolean };
  hostname?: string;
  mounts: OciMount[];
  annotations: Record<string, string>;
  linux: OciLinux;
}

export interface OciProcess {
  terminal: boolean;
  user: OciUser;
  args: string[];
  env: string[];
  cwd: string;
  capabilities: Record<OciCapabilitySet, string[]>;
  rlimits?: { type: string; soft: number; hard: number }[];
  noNewPrivileges: boolean;
}

export type OciCapabilitySet = "bounding" | "effective" | "permitted";

/** Numeric ids, as a bundle has no other. */
export interface OciUser {
  uid: number;
  gid: number;
  additionalGids?: number[];
}

export interface OciMount {
  destination: string;
  type: string;
  source: string;
  options: string[];
}

export interface OciDevice {
  /** `c` character, `b` block. */
  type: "c" | "b";
  path: string;
  major: number;
  minor: number;
  /** Permission bits. */
  fileMode: number;
  uid: number;
  gid: number;
}

export interface OciDeviceRule {
  allow: boolean;
  type?: "a" | "b" | "c";
  major?: number;
  minor?: number;
  /** Any of `r`, `w`, `m`. */
  access: string;
}

export interface OciNamespace {
  type: "pid" | "network" | "mount" | "ipc" | "uts" | "cgroup";
  /** An existing namespace to join; absent: a new one. */
  path?: string;
}

export interface OciLinux {
  namespaces: OciNamespace[];
  devices: OciDevice[];
  cgroupsPath: string;
  resources: {
    devices: OciDeviceRule[];
    memory?: { limit: number };
  };
  sysctl?: Record<string, string>;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  rootfsPropagation?: string;
}
