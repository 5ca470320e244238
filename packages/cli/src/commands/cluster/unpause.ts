import type { ClusterView } from "@k3d/core";
import { allFlag, clusterArgs } from "../../flags/clusters.js";
import { ClusterByCluster } from "../../lifecycle/cluster-by-cluster.js";

export default class ClusterUnpause extends ClusterByCluster {
  static override summary = "Resume clusters";
  static override description = "Let the nodes of paused clusters continue.";
  static override examples = ["<%= config.bin %> cluster unpause demo"];
  static override args = clusterArgs;
  static override flags = { all: allFlag("Resume") };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterUnpause);
    return this.toEach({ names: args.name, all: flags.all }, "Resumed", (clusters, name) =>
      clusters.unpause(name, { signal: this.signal }),
    );
  }
}
