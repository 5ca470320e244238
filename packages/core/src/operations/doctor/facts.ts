import type { ResolvedConfig } from "../../config/resolved-config.js";
import type { K3dError } from "../../errors/index.js";
import type { KubeconfigStore } from "../../kubeconfig/file.js";
import type { RuntimeCapabilities } from "../../runtime/capabilities.js";
import type { CallOptions } from "../../runtime/common.js";
import type { RuntimeInfo } from "../../runtime/runtime.js";
import type { Collaborators } from "../../steps/world.js";
import type { HostSight } from "./host/host-view.js";
import type { LocalMachine } from "./local-machine.js";

/** The engine that k3d uses, when it answers. */
export interface DoctorEngine {
  collaborators: Collaborators;
  info: RuntimeInfo;
  capabilities: RuntimeCapabilities;
}

/** One installed runtime and whether it can be used. */
export interface RuntimeReport {
  name: string;
  /** Package that offers it. */
  plugin: string;
  available: boolean;
  reason: string;
  hint?: string | undefined;
}

/** An installed plug-in that cannot be used. */
export interface BrokenPlugin {
  name: string;
  reason: string;
}

/** What was left on the engine and in kubeconfigs, e.g. `2 volumes`. */
export type Leftovers = readonly string[];

/** What the caller knows and core cannot: how this process was started and what is installed. */
export interface DoctorRequest {
  /** Nodes of the cluster that is meant, at least 1. */
  nodes: number;
  /** The cluster that is meant, also when nothing was said about it. */
  config: ResolvedConfig;
  /** Connected services of core, or why there are none. */
  engine: Collaborators | K3dError;
  /** Every installed runtime, in the order of detection. */
  runtimes: () => Promise<RuntimeReport[]>;
  plugins: () => Promise<{ installed: string[]; broken: BrokenPlugin[] }>;
  /** What `k3d prune` would remove; absent where nobody can tell. */
  leftovers?: (options: CallOptions) => Promise<Leftovers>;
  kubeconfigStore: KubeconfigStore;
  machine: LocalMachine;
  env: Readonly<Record<string, string | undefined>>;
  /** Wall clock, milliseconds since 1970. */
  now: () => number;
}

/** What the checks judge by. Whatever several of them need is asked for once. */
export interface DoctorFacts extends Omit<DoctorRequest, "engine" | "runtimes"> {
  /** Rejects with why there is none. */
  engine: () => Promise<DoctorEngine>;
  runtimes: () => Promise<RuntimeReport[]>;
  /** The engine's host, from within a container or, where the engine is here, from this machine. */
  host: () => Promise<HostSight>;
}

/** Whether files of this machine are those of the engine's host. */
export function isLocal({ info, capabilities }: DoctorEngine): boolean {
  return capabilities.localBindMounts && !info.virtualMachine && info.remoteHost === undefined;
}
