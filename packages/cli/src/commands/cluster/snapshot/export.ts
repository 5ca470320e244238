import { K3dError, type SnapshotView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { snapshotArg } from "../../../flags/snapshot.js";
import { snapshotJson, snapshotTable, type SnapshotJson } from "../../../views/snapshots.js";

export default class ClusterSnapshotExport extends K3dCommand<SnapshotView> {
  static override summary = "Write a snapshot into one file";
  static override description =
    "Write a snapshot into one file, for another machine: an OCI image layout in a tar, with checksums of all that is in it. The file holds the cluster's secrets and is readable for you alone.";
  static override examples = [
    "<%= config.bin %> cluster snapshot export before-upgrade -o demo.tar",
  ];
  static override args = { snapshot: snapshotArg };
  static override flags = {
    output: Flags.string({
      char: "o",
      summary: "File to write; it is replaced when all is written",
      helpValue: "FILE",
      required: true,
    }),
  };

  protected override async execute(): Promise<SnapshotView> {
    const { args, flags } = await this.parse(ClusterSnapshotExport);
    if (flags.output === "") throw new K3dError("INVALID_INPUT", "The file has no name");
    const { snapshots } = await this.services();
    const { signal } = this;
    const view = await snapshots.export(args.snapshot, flags.output, { signal });
    await this.tell("info", `Wrote ${flags.output}`);
    return view;
  }

  protected override formatOf(): undefined {}

  protected override render(snapshot: SnapshotView): string {
    return snapshotTable([snapshot]);
  }

  protected override toJson(snapshot: SnapshotView): SnapshotJson {
    return snapshotJson(snapshot);
  }
}
