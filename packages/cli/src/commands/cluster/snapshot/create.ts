import type { SnapshotView } from "@k3d/core";
import { K3dCommand, repeated } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { snapshotJson, snapshotTable, type SnapshotJson } from "../../../views/snapshots.js";

export default class ClusterSnapshotCreate extends K3dCommand<SnapshotView> {
  static override summary = "Save a cluster as it is now";
  static override description = `Save a running cluster: its datastore, certificates, token, manifests, the images in its nodes, and its config. It goes on running afterwards; while the datastore and the volumes are read, its nodes are paused, which is announced. In a cluster with several servers etcd writes a snapshot instead, and nodes are paused for volumes only.

Snapshots are files of yours, below $XDG_DATA_HOME/k3d/snapshots (default ~/.local/share). They hold the cluster's secrets. What several of them share is stored once.`;
  static override examples = [
    "<%= config.bin %> cluster snapshot create demo before-upgrade",
    {
      description: "With the files of PersistentVolumes of the class local-path",
      command:
        "<%= config.bin %> cluster snapshot create demo --volume /var/lib/rancher/k3s/storage",
    },
  ];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
    name: Args.string({ description: "Name of the snapshot (default: cluster and time)" }),
  };
  static override flags = {
    volume: repeated({
      summary: "Also save this directory of the nodes, with everything in it",
      helpValue: "PATH",
    }),
  };

  protected override async execute(): Promise<SnapshotView> {
    const { args, flags } = await this.parse(ClusterSnapshotCreate);
    const { snapshots } = await this.services({ wanted: { clusters: [args.cluster] } });
    this.undoesWhenInterrupted = true;
    const { signal } = this;
    const { name } = args;
    return snapshots.create(args.cluster, { name, volumes: flags.volume, signal });
  }

  protected override render(snapshot: SnapshotView): string {
    return snapshotTable([snapshot]);
  }

  protected override toJson(snapshot: SnapshotView): SnapshotJson {
    return snapshotJson(snapshot);
  }
}
