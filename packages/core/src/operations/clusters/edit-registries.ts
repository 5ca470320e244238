import { K3dError } from "../../errors/index.js";
import { listNodesAndRegistries } from "../../observe/nodes.js";
import type { Change } from "../../plan/change.js";
import type { ObservedCluster } from "../../plan/observed.js";
import { findRegistries, registryViews } from "../../registry/view.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";
import { connectRegistry, disconnectRegistry } from "../registries/connect-registry.js";

export interface RegistryEdit {
  change: Change;
  carryOut: () => Promise<unknown>;
}

/**
 * What `NAME` (use it) and `NAME-` (no longer) come to; nothing for what is so already.
 *
 * @throws `NOT_FOUND`, `CONFLICTING_OPTIONS` for one that is named both ways.
 */
export async function registryEdits(
  edits: readonly string[],
  { name: cluster, view }: ObservedCluster,
  deps: Collaborators,
  options: OperationOptions,
): Promise<RegistryEdit[]> {
  if (edits.length === 0) return [];
  const known = registryViews(await listNodesAndRegistries(deps.runtime, options));
  const wanted = new Map<string, boolean>();
  for (const edit of edits) {
    const use = !edit.endsWith("-");
    for (const { name } of findRegistries(use ? edit : edit.slice(0, -1), known)) {
      if (wanted.get(name) === !use) throw bothWays(name);
      wanted.set(name, use);
    }
  }
  return [...wanted].flatMap(([name, use]): RegistryEdit[] => {
    const connected = known.some(
      (registry) => registry.name === name && registry.networks.includes(view.network.name),
    );
    if (connected === use) return [];
    const change: Change = {
      action: use ? "connect" : "disconnect",
      kind: "registry",
      name,
      causes: [],
    };
    const work = use ? connectRegistry : disconnectRegistry;
    return [{ change, carryOut: () => work(name, cluster, deps, options) }];
  });
}

function bothWays(name: string): K3dError {
  return new K3dError(
    "CONFLICTING_OPTIONS",
    `Registry '${name}' is to be added and removed at once`,
    {
      hint: "Name it once.",
    },
  );
}
