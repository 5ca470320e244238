import type { NodeFilter } from "../filters/index.js";
import type { PortBinding } from "../runtime/container-spec.js";
import type { PlacementRule } from "./machines.js";
import type { LabelSpec } from "./labels.js";
import type { RegistryRef } from "./registry-refs.js";
import type {
  ArgWithFilters,
  EffectiveConfig,
  EnvWithFilters,
  FileWithFilters,
  HookConfig,
  LabelWithFilters,
  PortWithFilters,
  RegistryCreateConfig,
  VolumeWithFilters,
} from "./simple-config.js";
import type { Subnets } from "./subnet.js";
import type { VolumeSpec } from "./volumes.js";

/**
 * A config that was checked, with every default in place and every value read:
 * beside each text stands what it means.
 */
export interface ResolvedConfig extends Omit<EffectiveConfig, ParsedField> {
  kubeAPI: ResolvedKubeApi;
  ports: ResolvedPort[];
  volumes: ResolvedVolume[];
  /** Those without a value that the caller does not have either are left out. */
  env: ResolvedEnv[];
  /** Content loaded: `source` is what is written. */
  files: ResolvedFile[];
  hooks: ResolvedHook[];
  registries: ResolvedRegistries;
  options: ResolvedOptions;
  /** Nodes have addresses of both families: by `ipFamily`, `ipv6` or an IPv6 subnet. */
  isDualStack: boolean;
  /** `subnet` by family; what is absent is chosen. */
  subnets: Subnets;
  /** `placement` as values, in the same order. */
  placementRules: PlacementRule[];
}

type ParsedField =
  | "kubeAPI"
  | "ports"
  | "volumes"
  | "env"
  | "files"
  | "hooks"
  | "registries"
  | "options";

interface Targets {
  /** `nodeFilters` as values; empty when there are none. */
  filters: NodeFilter[];
}

export type ResolvedPort = PortWithFilters & Targets & { bindings: PortBinding[] };
export type ResolvedVolume = VolumeWithFilters & Targets & { mount: VolumeSpec };
export type ResolvedEnv = EnvWithFilters & Targets & { name: string; value: string };
export type ResolvedFile = FileWithFilters & Targets;
export type ResolvedArg = ArgWithFilters & Targets;
export type ResolvedLabel = LabelWithFilters & Targets & LabelSpec;

export type ResolvedHook = HookConfig & {
  timeoutMs: number;
  place: HookPlace;
};

/** A command runs on the host only when the user's own file says so: never by default. */
export type HookPlace =
  | {
      kind: "host";
      /** Working directory, absolute: that of the config file. Absent: the caller's. */
      directory?: string;
    }
  | { kind: "nodes"; filters: NodeFilter[] };

export type ResolvedKubeApi = EffectiveConfig["kubeAPI"] & {
  /** `hostPort` as a number; absent when the engine chooses. */
  port?: number;
  /**
   * What the user calls the API's address, be it `0.0.0.0`: kubeconfigs name it
   * so, for scripts look for it there. Absent when the user names none.
   */
  clientHost?: string;
};

export interface ResolvedRegistries extends Omit<EffectiveConfig["registries"], "create"> {
  /** `use` as values, in the same order. */
  refs: RegistryRef[];
  create?: ResolvedRegistry;
}

export type ResolvedRegistry = RegistryCreateConfig & {
  name: string;
  /** An IP address. */
  host: string;
  hostPort: string;
  /** `hostPort` as a number; absent when the engine chooses. */
  port?: number;
  /** `volumes` as values, in the same order. */
  mounts: VolumeSpec[];
};

type Effective = EffectiveConfig["options"];

export interface ResolvedOptions {
  k3d: Effective["k3d"] & {
    /** `timeout` in milliseconds; absent for none of its own and for 0. */
    timeoutMs?: number;
    /** `ttl` in milliseconds. */
    ttlMs?: number;
  };
  k3s: { extraArgs: ResolvedArg[]; nodeLabels: ResolvedLabel[] };
  kubeconfig: Effective["kubeconfig"];
  runtime: Omit<Effective["runtime"], "labels"> & {
    labels: ResolvedLabel[];
    /** `serversMemory` in bytes. */
    serversMemoryBytes?: number;
    /** `agentsMemory` in bytes. */
    agentsMemoryBytes?: number;
  };
}
