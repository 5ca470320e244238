import type { Inventory } from "./inventory.js";
import type { PruneItem } from "./operations.js";

/** Clusters whose time to live is over; what a killed creation left is another matter. */
export function findExpired({ clusters, undecided, usage, now }: Inventory): PruneItem[] {
  return clusters.flatMap((cluster): PruneItem[] => {
    const { name, expires, nodes } = cluster;
    if (expires === undefined || expires > now || undecided.includes(cluster)) return [];
    const sizes = nodes.flatMap(({ id }) => usage.containers.get(id) ?? []);
    return [
      {
        kind: "expired",
        id: name,
        name,
        cluster: name,
        reason: `its time to live ended at ${expires.toISOString()}`,
        size: sizes.length === 0 ? undefined : sizes.reduce((sum, size) => sum + size, 0),
        created: nodes[0]?.created,
        labels: nodes[0]?.labels ?? {},
      },
    ];
  });
}
