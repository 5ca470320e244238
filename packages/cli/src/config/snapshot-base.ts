import type { AssembleOptions, K3dServices, SnapshotConfigOptions } from "@k3d/core";

/** The config of a snapshot as what flags, environment and config file win over. */
export async function snapshotBase(
  { snapshots }: Pick<K3dServices, "snapshots">,
  snapshot: string,
  options: SnapshotConfigOptions = {},
): Promise<NonNullable<AssembleOptions["base"]>> {
  return { config: await snapshots.config(snapshot, options), origin: `snapshot ${snapshot}` };
}
