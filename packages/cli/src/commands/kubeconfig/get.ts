import { K3dError } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { allFlag, selectClusters, wantedClusters } from "../../flags/clusters.js";

export default class KubeconfigGet extends K3dCommand<string> {
  static override summary = "Print the kubeconfig of clusters";
  static override description =
    "Print one kubeconfig (YAML) with the entries of the named clusters. Nothing is written anywhere.";
  static override examples = [
    "<%= config.bin %> kubeconfig get demo > demo.yaml",
    "<%= config.bin %> kubeconfig get --all",
    {
      description: "For a container on the cluster's network",
      command: "<%= config.bin %> kubeconfig get demo --internal",
    },
  ];
  static override args = {
    name: Args.string({ description: "Names of clusters", multiple: true }),
  };
  static override aliases = ["kubeconfig:print", "kubeconfig:show"];
  static override flags = {
    all: allFlag("Print the kubeconfig of"),
    internal: Flags.boolean({
      summary: "Use the address that containers on the cluster's network use",
    }),
  };

  protected override async execute(): Promise<string> {
    const { args, flags } = await this.parse(KubeconfigGet);
    if (!flags.all && (args.name ?? []).length === 0) {
      throw new K3dError("INVALID_INPUT", "Neither cluster names nor --all are given", {
        hint: "See what there is with: k3d cluster list",
      });
    }
    const selection = { names: args.name, all: flags.all };
    const { clusters, kubeconfigs } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    if (names.length > 0) return kubeconfigs.get(names, { signal, internal: flags.internal });
    await this.tell("info", "No clusters found");
    return "";
  }

  protected override render(kubeconfig: string): string {
    return kubeconfig.trimEnd();
  }

  protected override async toJson(kubeconfig: string): Promise<unknown> {
    const { parse } = await import("yaml");
    return parse(kubeconfig);
  }
}
