import type { SnapshotView } from "@k3d/core";
import { K3dCommand, listFlags } from "@k3d/plugin-kit";
import { snapshotJson, snapshotTable, type SnapshotJson } from "../../../views/snapshots.js";

export default class ClusterSnapshotList extends K3dCommand<SnapshotView[]> {
  static override summary = "List snapshots";
  static override description =
    "List your snapshots of clusters on this machine. What they share with others counts for each.";
  static override aliases = ["cluster:snapshot:ls"];
  static override examples = ["<%= config.bin %> cluster snapshot list"];
  static override flags = listFlags;

  #headers = true;

  protected override async execute(): Promise<SnapshotView[]> {
    const { flags } = await this.parse(ClusterSnapshotList);
    this.#headers = !flags["no-headers"];
    const { snapshots } = await this.services();
    return snapshots.list();
  }

  protected override render(snapshots: SnapshotView[]): string {
    return snapshotTable(snapshots, this.#headers);
  }

  protected override toJson(snapshots: SnapshotView[]): SnapshotJson[] {
    return snapshots.map(snapshotJson);
  }
}
