import type { ClusterView } from "@k3d/core";
import { allFlag, clusterArgs } from "../../flags/clusters.js";
import { hookFlags } from "../../flags/hooks.js";
import { ClusterByCluster } from "../../lifecycle/cluster-by-cluster.js";

export default class ClusterStop extends ClusterByCluster {
  static override summary = "Stop clusters";
  static override description =
    "Stop the nodes of clusters; their data stays, and so do their addresses.";
  static override examples = [
    "<%= config.bin %> cluster stop demo",
    "<%= config.bin %> cluster stop --all",
  ];
  static override args = clusterArgs;
  static override flags = { all: allFlag("Stop"), ...hookFlags };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterStop);
    return this.toEach(
      { names: args.name, ...flags },
      "Stopped",
      (clusters, name, hooks) => clusters.stop(name, { hooks, signal: this.signal }),
      "stopped",
    );
  }
}
