import type { Change } from "./change.js";
import type { DesiredNode } from "./desired.js";
import type { ObservedNode } from "./observed.js";

/** In what a node that runs is not as it shall be, and can be made so without another container. */
export interface NodeDrift {
  /** Each for people. */
  causes: string[];
  /** It has to be restarted for it. */
  restarts: boolean;
}

/**
 * In what a cluster differs from its config file that no inspection tells: what nodes know of
 * registries, and which hooks they keep. Found out where a file is applied.
 */
export interface LiveDrift {
  /** By the node's name. Absent: all is as it shall be. */
  nodes: ReadonlyMap<string, NodeDrift>;
  /** Registries on the cluster's own network, though nothing asks for them. */
  unwantedRegistries: readonly { name: string; madeWithCluster: boolean }[];
}

/** What a node is told while it runs, unless it has to be restarted for it. */
export function liveUpdate(
  { name, role }: DesiredNode,
  found: ObservedNode,
  drift: NodeDrift | undefined,
): Change[] {
  if (drift === undefined) return [];
  const { causes, restarts } = drift;
  const disturbs = restarts && found.status === "running" ? "the node's pods" : undefined;
  return [{ action: "update", kind: role, name, causes, disturbs }];
}

/** Images are in it, so it is not removed with the line that asked for it. */
export function registryDisconnections({ unwantedRegistries }: LiveDrift): Change[] {
  return unwantedRegistries.map(({ name, madeWithCluster }) => ({
    action: "disconnect",
    kind: "registry",
    name,
    causes: ["it is no longer wanted"],
    details: madeWithCluster
      ? `it stays, with its images: k3d registry delete ${name} removes it`
      : undefined,
  }));
}
