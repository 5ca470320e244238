import type { ClusterView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import { allFlag, clusterArgs, selectClusters, wantedClusters } from "../../flags/clusters.js";
import { clusterJson, type ClusterJson } from "../../views/compatible.js";

export default class ClusterStop extends K3dCommand<ClusterView[]> {
  static override summary = "Stop clusters";
  static override description =
    "Stop the nodes of clusters; their data stays, and so do their addresses.";
  static override examples = [
    "<%= config.bin %> cluster stop demo",
    "<%= config.bin %> cluster stop --all",
  ];
  static override args = clusterArgs;
  static override flags = { all: allFlag("Stop") };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterStop);
    const selection = { names: args.name, all: flags.all };
    const { clusters } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    if (names.length === 0) await this.tell("info", "No clusters found");
    const result: ClusterView[] = [];
    for (const name of names) {
      result.push(await clusters.stop(name, { signal }));
      await this.tell("info", `Stopped cluster ${name}`);
    }
    return result;
  }

  protected override toJson(clusters: ClusterView[]): ClusterJson[] {
    return clusters.map((cluster) => clusterJson(cluster, false));
  }
}
