import { byName, type ListedCluster } from "@k3d/core";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { currentContext } from "../../kubeconfig/current-context.js";
import { ListCommand, watchedListFlags } from "../../listing/list-command.js";
import { clusterJson, type ClusterJson } from "../../views/compatible.js";
import { pick } from "../../views/lookup.js";
import { clusterTable } from "../../views/tables.js";

export default class ClusterList extends ListCommand<ListedCluster> {
  static override summary = "List clusters";
  static override description = `List all clusters, or those named, over all container runtimes that answer, unless one is named.

STATUS is running, degraded with the nodes that run, starting (nodes or API are not up yet), paused, stopped, or incomplete: its creation broke off or a part is missing; -o wide shows which. A star marks the cluster that kubectl talks to.

On a terminal that is too narrow columns are left out; -o wide prints all.`;
  static override aliases = ["cluster:ls", "cluster:get"];
  static override examples = [
    "<%= config.bin %> cluster list",
    "<%= config.bin %> cluster list --watch",
    {
      description: "Names only",
      command: "<%= config.bin %> cluster list -o name",
    },
  ];
  static override args = {
    name: Args.string({ description: "Clusters to list (default: all)", multiple: true }),
  };
  static override flags = {
    ...watchedListFlags,
    token: Flags.boolean({ summary: "Show the clusters' tokens" }),
  };

  #token = false;
  #currentContext: string | undefined;

  protected override async execute(): Promise<ListedCluster[]> {
    const { args, flags } = await this.parse(ClusterList);
    this.#token = flags.token;
    const { listing } = await this.services();
    const options = {
      everywhere: this.everywhere(flags),
      details: this.detailed,
      signal: this.signal,
    };
    const look = async (): Promise<ListedCluster[]> => {
      const [clusters, current] = await Promise.all([listing.clusters(options), currentContext()]);
      this.#currentContext = current;
      return flags.watch
        ? present(clusters, args.name ?? [])
        : pick(clusters, args.name ?? [], "cluster");
    };
    const found = await this.show(look, flags);
    if (found.length === 0 && this.format === "text" && !flags.watch) {
      await this.tell("info", "No clusters found; create one with: k3d cluster create");
    }
    return found;
  }

  protected override table(
    clusters: ListedCluster[],
    options: { headers: boolean; wide: boolean },
  ): string {
    const { width } = this;
    return clusterTable(clusters, {
      ...options,
      width: options.wide ? undefined : width,
      token: this.#token,
      currentContext: this.#currentContext,
      now: new Date(),
    });
  }

  protected override toJson(clusters: ListedCluster[]): ClusterJson[] {
    const options = { token: this.#token, currentContext: this.#currentContext };
    return clusters.map((cluster) => clusterJson(cluster, options));
  }
}

/** The named ones that there are: one that is watched may come and go. */
function present(clusters: readonly ListedCluster[], names: readonly string[]): ListedCluster[] {
  const all = pick(clusters, [], "cluster");
  return names.length === 0 ? all : [...new Set(names.flatMap((name) => byName(name, all) ?? []))];
}
