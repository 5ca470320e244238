import type { ClusterView } from "@k3d/core";
import { waitFlags, waitOptions } from "@k3d/plugin-kit";
import { allFlag, clusterArgs } from "../../flags/clusters.js";
import { hookFlags } from "../../flags/hooks.js";
import { ClusterByCluster } from "../../lifecycle/cluster-by-cluster.js";

export default class ClusterRestart extends ClusterByCluster {
  static override summary = "Stop and start clusters";
  static override description =
    "Stop clusters and start them again; useful after a change of the host's network.";
  static override examples = [
    "<%= config.bin %> cluster restart demo",
    "<%= config.bin %> cluster restart --all --timeout 2m",
  ];
  static override args = clusterArgs;
  static override flags = { all: allFlag("Restart"), ...waitFlags, ...hookFlags };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterRestart);
    return this.toEach({ names: args.name, ...flags }, "Restarted", (clusters, name, hooks) =>
      clusters.restart(name, { ...waitOptions(flags), hooks, signal: this.signal }),
    );
  }
}
