import { homedir } from "node:os";
import { isMissing, type ClusterDeleteResult } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import { identityHere } from "../../config/assemble.js";
import { looksLikeFile } from "../../config/file-as-name.js";
import { allFlag, clusterArgs, selectClusters, wantedClusters } from "../../flags/clusters.js";
import { forgetMachines } from "../../flags/machines.js";
import { configFile, configFileFlag } from "../../flags/create.js";
import { hooksOf, noHooksFlag } from "../../flags/hooks.js";
import { removeStandaloneKubeconfigs } from "../../kubeconfig/standalone.js";

export default class ClusterDelete extends K3dCommand<ClusterDeleteResult[]> {
  static override summary = "Delete clusters";
  static override description = `Delete clusters with all that belongs to them: containers, network, volumes, and their entries in the default kubeconfig. What you made yourself (an existing network, a named volume, a directory) stays.

A cluster that does not exist is not an error: there is nothing left to delete.`;
  static override aliases = ["cluster:del", "cluster:rm"];
  static override examples = [
    "<%= config.bin %> cluster delete demo",
    "<%= config.bin %> cluster delete --all",
    {
      description: "The one that a config file names",
      command: "<%= config.bin %> cluster delete --config k3d.yaml",
    },
  ];
  static override args = clusterArgs;
  static override flags = {
    all: allFlag("Delete"),
    config: configFileFlag,
    "no-hooks": noHooksFlag,
  };

  protected override async execute(): Promise<ClusterDeleteResult[]> {
    const { args, flags } = await this.parse(ClusterDelete);
    const file = await identityHere(configFile(flags.config));
    for (const warning of file.warnings) await this.tell("warn", warning);
    const selection = { names: args.name, all: flags.all, fallback: file.name };
    const { clusters } = await this.services({
      configuredRuntime: file.runtime,
      wanted: wantedClusters(selection),
    });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    const results: ClusterDeleteResult[] = [];
    for (const name of names) {
      try {
        const result = await clusters.delete(name, {
          signal,
          hooks: hooksOf(name, file, flags["no-hooks"]),
        });
        results.push(await this.#withKubeconfigs(result));
        await forgetMachines(result.name);
        await this.tell(
          "info",
          wasGone(result) ? forgotten(result) : `Deleted cluster ${result.name}`,
        );
      } catch (error) {
        if (!isMissing(error, "cluster")) throw error;
        const near = error.details?.nearest;
        const meant = looksLikeFile(name)
          ? "; name a config file with --config"
          : typeof near === "string"
            ? `; did you mean '${near}'?`
            : "";
        await this.tell("info", `${error.message}: nothing to delete${meant}`);
      }
    }
    if (names.length === 0) await this.tell("info", "No clusters found");
    return results;
  }

  async #withKubeconfigs(result: ClusterDeleteResult): Promise<ClusterDeleteResult> {
    const home = { homeDir: homedir(), configHome: process.env.XDG_CONFIG_HOME };
    const { failed } = await removeStandaloneKubeconfigs(result.name, home);
    for (const { path, reason } of failed) await this.tell("warn", `${path} stays: ${reason}`);
    return result;
  }
}

/** Whether only the kubeconfig knew the cluster any more. */
function wasGone({
  removed: { containers, networks, volumes, kubeconfigEntries },
}: ClusterDeleteResult): boolean {
  return (
    [containers, networks, volumes].every((of) => of.length === 0) && kubeconfigEntries.length > 0
  );
}

const forgotten = ({ name }: ClusterDeleteResult): string =>
  `Cluster '${name}' does not exist any more: removed it from the kubeconfig`;
