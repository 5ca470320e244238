import type { EntrypointFixes } from "../node/entrypoint.js";
import type { NodeView } from "../node/views.js";
import type { RegistryAccess } from "../registry/registries-yaml.js";
import type { RuntimeCapabilities } from "../runtime/capabilities.js";
import type { NetworkInfo, NetworkSubnet } from "../runtime/networks.js";
import type { RuntimeInfo } from "../runtime/runtime.js";
import type { ProxyFacts } from "./proxy.js";

/** A network as far as its nodes must know it. */
export interface NetworkBinding {
  id: string;
  subnet?: string;
  gateway?: string;
  /** Its IPv6 network, where it has one. */
  ipv6?: NetworkSubnet;
}

/** What becomes known while a cluster is made. */
export interface Settled {
  /** The cluster's network, once it exists. */
  network?: NetworkBinding;
  /** Host ports for what the user left open, by {@link openPortKey}. */
  hostPorts: Readonly<Record<string, number>>;
}

/** What a cluster that exists has and keeps, whatever the config leaves open. */
export interface ExistingFacts {
  token: string;
  image: string;
  /** The port at which the API is published. */
  apiPort?: number;
  /** ISO 8601. */
  expires?: string;
  /** Node name → fixed address. */
  addresses: Readonly<Record<string, string>>;
  /** Node name → fixed IPv6 address; empty unless the cluster is dual-stack. */
  ipv6Addresses: Readonly<Record<string, string>>;
  /** Its IPv6 network, if it is dual-stack. */
  ipv6Subnet?: string;
  /** Node name → machine, in a cluster over several: nodes stay where they are. */
  machines: Readonly<Record<string, string>>;
  /** The network belongs to others. */
  externalNetwork: boolean;
  /** Volumes that were made with it, by name. */
  ownVolumes: ReadonlySet<string>;
  /** Registry that was made with it → its host port. */
  registryPorts: Readonly<Record<string, number>>;
}

/** What planning must know of the engine and of chance: collected first, so that planning stays pure. */
export interface Facts {
  runtime: string;
  capabilities: RuntimeCapabilities;
  info: RuntimeInfo;
  /** k3d's own version. */
  version: string;
  /** Random token, used unless the config has one or the cluster exists. */
  token: string;
  /** Milliseconds since 1970: the time to live counts from it. */
  now: number;
  /** Random id of this creation, or that of the cluster that exists. */
  clusterId: string;
  /** The network that the config names, or that has the cluster's default name; absent when there is none. */
  existingNetwork?: NetworkInfo;
  /** Names of the volumes that exist. */
  existingVolumes: ReadonlySet<string>;
  /** Bind-mount sources that do not exist on the engine's machine, where that can be told. */
  missingPaths: ReadonlySet<string>;
  /** Bind-mount sources that exist on this machine, where the engine is on another one. */
  pathsHere: ReadonlySet<string>;
  /** Whether ports on the loopback of the engine's machine can be reached from here. */
  dials: boolean;
  images: { loadBalancer: string; registry: string };
  /** Registries of k3d's that exist. */
  registries: readonly NodeView[];
  /** What their own containers tell of them, by name: needed to use them, and secret. */
  registryAccess: Readonly<Record<string, RegistryAccess>>;
  /** Present when nodes shall use a proxy. */
  proxy?: ProxyFacts;
  /** Parts of the boot script that the environment switches off. */
  fixes: EntrypointFixes;
  settled: Settled;
  /** Present when the cluster is there already. */
  existing?: ExistingFacts;
}
