import type { Change } from "../plan/change.js";
import type { ClusterMembers } from "../plan/observed.js";
import type { Step } from "./graph.js";
import { removeFromKubeconfigStep } from "./kubeconfig.js";
import {
  disconnectStep,
  removeContainerStep,
  removeNetworkStep,
  removeVolumeStep,
} from "./remove.js";
import type { Collaborators } from "./world.js";

/** What a deletion took away. */
export interface Removed {
  containers: string[];
  networks: string[];
  volumes: string[];
  kubeconfigEntries: string[];
}

/**
 * Containers at once, then networks and volumes, and the kubeconfig beside them.
 *
 * @param kept filled with the names of networks and volumes that stay because others use them.
 */
export function deleteClusterSteps(
  changes: readonly Change[],
  observed: ClusterMembers,
  collaborators: Collaborators,
  removed: Removed,
  kept: Set<string> = new Set(),
): Step[] {
  const world = { runtime: collaborators.runtime, collaborators };
  const nodes = changes.flatMap((change): Step[] => {
    const node = observed.nodes.find(
      ({ name, role }) => name === change.name && role === change.kind,
    );
    if (node === undefined) return [];
    if (change.action === "disconnect")
      return [disconnectStep(node, observed.view.network.name, world)];
    return [removeContainerStep(node, world, [], () => void removed.containers.push(node.name))];
  });
  const needs = nodes.map(({ id }) => id);
  return [
    ...nodes,
    ...observed.ownNetworks.map((network) =>
      removeNetworkStep(
        network,
        world,
        needs,
        () => void removed.networks.push(network.name),
        () => void kept.add(network.name),
      ),
    ),
    ...observed.ownVolumes.map((name) =>
      removeVolumeStep(
        name,
        world,
        needs,
        () => void removed.volumes.push(name),
        () => void kept.add(name),
      ),
    ),
    removeFromKubeconfigStep(observed.name, collaborators, [], (names) => {
      removed.kubeconfigEntries.push(...names);
    }),
  ];
}
