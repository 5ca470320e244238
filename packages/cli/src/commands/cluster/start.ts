import * as Flags from "@oclif/core/flags";
import type { ClusterView } from "@k3d/core";
import { waitFlags, waitOptions } from "@k3d/plugin-kit";
import { allFlag, clusterArgs } from "../../flags/clusters.js";
import { hookFlags } from "../../flags/hooks.js";
import { ClusterByCluster } from "../../lifecycle/cluster-by-cluster.js";

export default class ClusterStart extends ClusterByCluster {
  static override summary = "Start stopped clusters";
  static override description =
    "Start clusters and wait until their nodes are back and pods can be made.";
  static override examples = [
    "<%= config.bin %> cluster start demo",
    "<%= config.bin %> cluster start --all --timeout 2m",
    {
      description: "Continue with the one server that is left of three",
      command: "<%= config.bin %> cluster start demo --reset-etcd",
    },
  ];
  static override args = clusterArgs;
  static override flags = {
    all: allFlag("Start"),
    "reset-etcd": Flags.boolean({
      summary: "Make the one server that is left the only member of its etcd",
      description:
        "For a cluster that lost more than half of its servers for good. What only the other servers knew is lost.",
      exclusive: ["all"],
    }),
    ...waitFlags,
    ...hookFlags,
  };

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterStart);
    return this.toEach(
      { names: args.name, ...flags },
      "Started",
      (clusters, name, hooks) =>
        clusters.start(name, {
          ...waitOptions(flags),
          hooks,
          resetEtcd: flags["reset-etcd"],
          signal: this.signal,
        }),
      flags["reset-etcd"] ? undefined : "running",
    );
  }
}
