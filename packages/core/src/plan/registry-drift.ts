import type { Change } from "./change.js";
import type { DesiredNode } from "./desired.js";
import type { ObservedNode } from "./observed.js";

/** In what a node's knowledge of registries is not as it shall be. */
export interface NodeRegistryDrift {
  /** Each for people. */
  causes: string[];
  /** Its containerd reads them at boot only. */
  restarts: boolean;
}

/** In what registries are not as a config file says; found out where one is applied. */
export interface RegistryDrift {
  /** By the node's name. Absent: it knows what it shall know. */
  nodes: ReadonlyMap<string, NodeRegistryDrift>;
  /** On the cluster's own network, though nothing asks for them. */
  unwanted: readonly { name: string; madeWithCluster: boolean }[];
}

/** What a node is told while it runs, unless its containerd has to be restarted for it. */
export function registryUpdate(
  { name, role }: DesiredNode,
  found: ObservedNode,
  drift: NodeRegistryDrift | undefined,
): Change[] {
  if (drift === undefined) return [];
  const { causes, restarts } = drift;
  const disturbs = restarts && found.status === "running" ? "the node's pods" : undefined;
  return [{ action: "update", kind: role, name, causes, disturbs }];
}

/** Images are in it, so it is not removed with the line that asked for it. */
export function registryDisconnections({ unwanted }: RegistryDrift): Change[] {
  return unwanted.map(({ name, madeWithCluster }) => ({
    action: "disconnect",
    kind: "registry",
    name,
    causes: ["it is no longer wanted"],
    details: madeWithCluster
      ? `it stays, with its images: k3d registry delete ${name} removes it`
      : undefined,
  }));
}
