import type { EntrypointFixes } from "../node/entrypoint.js";
import type { NodeView } from "../node/views.js";
import type { RuntimeCapabilities } from "../runtime/capabilities.js";
import type { ProxyFacts } from "./proxy.js";
import type { NetworkInfo } from "../runtime/networks.js";
import type { RuntimeInfo } from "../runtime/runtime.js";

/** What planning must know of the engine and of chance: collected first, so that planning stays pure. */
export interface PlanFacts {
  runtime: string;
  capabilities: RuntimeCapabilities;
  info: RuntimeInfo;
  /** k3d's own version. */
  version: string;
  /** Random token, used unless the config has one. */
  token: string;
  /** Random id of this creation. */
  clusterId: string;
  /** The network that the config names, or that has the cluster's default name; absent when there is none. */
  existingNetwork?: NetworkInfo;
  /** Names of the volumes that exist. */
  existingVolumes: ReadonlySet<string>;
  /** Bind-mount sources that do not exist on the engine's machine, where that can be told. */
  missingPaths: ReadonlySet<string>;
  images: { loadBalancer: string; registry: string };
  /** Registries of k3d's that exist. */
  registries: readonly NodeView[];
  /** Present when nodes shall use a proxy. */
  proxy?: ProxyFacts;
  /** Parts of the boot script that the environment switches off. */
  fixes: EntrypointFixes;
}
