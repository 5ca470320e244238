import type { ClusterView } from "@k3d/core";
import { K3dCommand, listFlags } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { clusterJson, type ClusterJson } from "../../views/compatible.js";
import { pick } from "../../views/lookup.js";
import { clusterTable } from "../../views/tables.js";

export default class ClusterList extends K3dCommand<ClusterView[]> {
  static override summary = "List clusters";
  static override description =
    "List all clusters, or those named, with the nodes that run of those that there are.";
  static override aliases = ["cluster:ls", "cluster:get"];
  static override examples = [
    "<%= config.bin %> cluster list",
    "<%= config.bin %> cluster list --all-runtimes",
    {
      description: "Names only",
      command: "<%= config.bin %> cluster list --json | jq -r '.[].name'",
    },
  ];
  static override args = {
    name: Args.string({ description: "Clusters to list (default: all)", multiple: true }),
  };
  static override flags = {
    ...listFlags,
    token: Flags.boolean({ summary: "Show the clusters' tokens" }),
    "all-runtimes": Flags.boolean({
      char: "A",
      summary: "List the clusters of every runtime that answers",
      exclusive: ["runtime"],
    }),
  };

  #headers = true;
  #token = false;
  #everywhere = false;

  protected override async execute(): Promise<ClusterView[]> {
    const { args, flags } = await this.parse(ClusterList);
    this.#headers = !flags["no-headers"];
    this.#token = flags.token;
    this.#everywhere = flags["all-runtimes"];
    const { clusters, clustersEverywhere } = await this.services();
    const all = await (this.#everywhere
      ? clustersEverywhere()
      : clusters.list({ signal: this.signal }));
    const found = pick(all, args.name ?? [], "cluster");
    if (found.length === 0 && this.format === "text") {
      await this.tell("info", "No clusters found; create one with: k3d cluster create");
    }
    return found;
  }

  protected override render(clusters: ClusterView[], format: "text" | "wide"): string {
    return clusterTable(clusters, {
      headers: this.#headers,
      wide: format === "wide",
      token: this.#token,
      runtime: this.#everywhere,
    });
  }

  protected override toJson(clusters: ClusterView[]): ClusterJson[] {
    return clusters.map((cluster) => clusterJson(cluster, this.#token));
  }
}
