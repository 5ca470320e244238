import { formatBytes, type SnapshotView } from "@k3d/core";
import { formatAge, renderTable } from "@k3d/plugin-kit";

/** What `cluster snapshot … --json` prints of a snapshot. */
export type SnapshotJson = Omit<SnapshotView, "created"> & { created: string };

export const snapshotJson = ({ created, ...rest }: SnapshotView): SnapshotJson => ({
  ...rest,
  created: created.toISOString(),
});

export function snapshotTable(snapshots: readonly SnapshotView[], headers = true): string {
  const now = new Date();
  const rows = snapshots.map(({ name, cluster, servers, agents, k3sVersion, size, created }) => [
    name,
    cluster,
    String(servers),
    String(agents),
    k3sVersion,
    formatBytes(size),
    formatAge(created, now),
  ]);
  const titles = ["NAME", "CLUSTER", "SERVERS", "AGENTS", "K3S", "SIZE", "AGE"];
  return renderTable(headers ? titles : undefined, rows);
}
