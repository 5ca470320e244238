import type { SnapshotView } from "@k3d/core";
import { K3dCommand, repeated } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { snapshotJson, snapshotTable, type SnapshotJson } from "../../../views/snapshots.js";

export default class ClusterSnapshotCreate extends K3dCommand<SnapshotView> {
  static override summary = "Keep a cluster as it is now";
  static override description = `Keep a running cluster: its datastore, certificates, token, manifests, the images in its nodes, and its config. It goes on afterwards; while the datastore and the volumes are read, its nodes are paused (said beforehand). A cluster with several servers lets etcd write a snapshot instead, and stands still for volumes alone.

Snapshots are files of yours, below $XDG_DATA_HOME/k3d/snapshots (default ~/.local/share). They hold the cluster's secrets. What several have in common is on the disk once.`;
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
      summary: "Keep this directory of the nodes too, with all that is in it",
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
