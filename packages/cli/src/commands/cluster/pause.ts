import type { ClusterView } from "@k3d/core";
import { allFlag, clusterArgs } from "../../flags/clusters.js";
import { ClusterByCluster } from "../../lifecycle/cluster-by-cluster.js";

export default class ClusterPause extends ClusterByCluster {
  static override summary = "Freeze clusters";
  static override description =
    "Freeze all nodes of clusters: they use no CPU, and continue where they were after cluster unpause.";
  static override examples = ["<%= config.bin %> cluster pause demo"];
  static override args = clusterArgs;
  static override flags = { all: allFlag("Freeze") };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterPause);
    return this.toEach({ names: args.name, all: flags.all }, "Paused", (clusters, name) =>
      clusters.pause(name, { signal: this.signal }),
    );
  }
}
