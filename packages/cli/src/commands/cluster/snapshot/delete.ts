import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

export default class ClusterSnapshotDelete extends K3dCommand<string[]> {
  static override summary = "Delete snapshots";
  static override description =
    "Delete snapshots. What they share with others stays. Nothing is deleted when one of the names does not exist.";
  static override aliases = ["cluster:snapshot:rm"];
  static override examples = ["<%= config.bin %> cluster snapshot delete before-upgrade"];
  static override args = {
    snapshot: Args.string({
      description: "Names of snapshots",
      required: true,
      multiple: true,
    }),
  };

  protected override async execute(): Promise<string[]> {
    const { args } = await this.parse(ClusterSnapshotDelete);
    const { snapshots } = await this.services();
    const deleted = await snapshots.delete([...new Set(args.snapshot)]);
    for (const name of deleted) await this.tell("info", `Deleted snapshot ${name}`);
    return deleted;
  }
}
