import type { SnapshotView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { snapshotJson, snapshotTable, type SnapshotJson } from "../../../views/snapshots.js";

export default class ClusterSnapshotImport extends K3dCommand<SnapshotView> {
  static override summary = "Import a snapshot from a file";
  static override description =
    "Import a snapshot from a file of snapshot export. All of it is read and compared with its checksums first; nothing stays of a file that is damaged or cut short. It may be compressed with gzip or zstd. Import only files from people whom you trust: a snapshot decides what runs in the cluster.";
  static override examples = [
    "<%= config.bin %> cluster snapshot import demo.tar",
    "<%= config.bin %> cluster snapshot import demo.tar --name theirs",
  ];
  static override args = {
    file: Args.string({ description: "File of snapshot export", required: true }),
  };
  static override flags = {
    name: Flags.string({ summary: "Name here (default: the one it has)", helpValue: "NAME" }),
  };

  protected override async execute(): Promise<SnapshotView> {
    const { args, flags } = await this.parse(ClusterSnapshotImport);
    const { snapshots } = await this.services();
    this.undoesWhenInterrupted = true;
    const { signal } = this;
    return snapshots.import(args.file, { name: flags.name, signal });
  }

  protected override render(snapshot: SnapshotView): string {
    return snapshotTable([snapshot]);
  }

  protected override toJson(snapshot: SnapshotView): SnapshotJson {
    return snapshotJson(snapshot);
  }
}
