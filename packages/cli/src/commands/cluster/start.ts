import type { ClusterView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import { allFlag, clusterArgs, selectClusters, wantedClusters } from "../../flags/clusters.js";
import { waitFlags, waitOptions } from "../../flags/wait.js";
import { clusterJson, type ClusterJson } from "../../views/compatible.js";

export default class ClusterStart extends K3dCommand<ClusterView[]> {
  static override summary = "Start stopped clusters";
  static override description =
    "Start clusters and wait until their API answers and their nodes are registered.";
  static override examples = [
    "<%= config.bin %> cluster start demo",
    "<%= config.bin %> cluster start --all --timeout 2m",
  ];
  static override args = clusterArgs;
  static override flags = { all: allFlag("Start"), ...waitFlags };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterStart);
    const selection = { names: args.name, all: flags.all };
    const { clusters } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    if (names.length === 0) await this.tell("info", "No clusters found");
    const result: ClusterView[] = [];
    for (const name of names) {
      result.push(await clusters.start(name, { ...waitOptions(flags), signal }));
      await this.tell("info", `Started cluster ${name}`);
    }
    return result;
  }

  protected override toJson(clusters: ClusterView[]): ClusterJson[] {
    return clusters.map((cluster) => clusterJson(cluster, false));
  }
}
