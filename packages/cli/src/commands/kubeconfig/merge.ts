import { homedir } from "node:os";
import { K3dError, type K3dServices } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { allFlag, clusterArgs, selectClusters, wantedClusters } from "../../flags/clusters.js";
import { standaloneKubeconfig } from "../../kubeconfig/standalone.js";

/** What `kubeconfig merge --json` prints. */
export interface KubeconfigMergeResult {
  /** The files that were written. */
  paths: string[];
  contexts: string[];
  /** The current context of the last file, when it was switched. */
  current?: string;
}

interface MergeFlags {
  output: string | undefined;
  "kubeconfig-merge-default": boolean;
  "kubeconfig-switch-context": boolean;
  update: boolean;
  overwrite: boolean;
}

export default class KubeconfigMerge extends K3dCommand<KubeconfigMergeResult | string> {
  static override summary = "Write the kubeconfig of clusters into a file";
  static override description = `Write the kubeconfig of clusters into a file, keep what else is in it, and print the file's path.

Without --output and --kubeconfig-merge-default every cluster gets a file of its own, ~/.config/k3d/kubeconfig-NAME.yaml.`;
  static override aliases = ["kubeconfig:write"];
  static override examples = [
    "export KUBECONFIG=$(<%= config.bin %> kubeconfig write demo)",
    {
      description: "Add to the default kubeconfig",
      command: "<%= config.bin %> kubeconfig merge demo -d",
    },
    "<%= config.bin %> kubeconfig merge --all --output all.yaml",
  ];
  static override args = clusterArgs;
  static override flags = {
    all: allFlag("Write the kubeconfig of"),
    output: Flags.string({
      char: "o",
      summary: "File to write, or - for standard output",
      helpValue: "FILE",
      exclusive: ["kubeconfig-merge-default"],
    }),
    "kubeconfig-merge-default": Flags.boolean({
      char: "d",
      summary: "Merge into the default kubeconfig (KUBECONFIG, else ~/.kube/config)",
    }),
    "kubeconfig-switch-context": Flags.boolean({
      char: "s",
      summary: "Make the cluster's context the current one",
      default: true,
      allowNo: true,
    }),
    update: Flags.boolean({
      char: "u",
      summary: "Replace entries of the same name that differ",
      default: true,
      allowNo: true,
    }),
    overwrite: Flags.boolean({
      summary: "Replace the whole file; what else is in it is lost",
      default: false,
    }),
  };

  protected override async execute(): Promise<KubeconfigMergeResult | string> {
    const { args, flags } = await this.parse(KubeconfigMerge);
    const selection = { names: args.name, all: flags.all };
    const { clusters, kubeconfigs } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    if (names.length === 0) {
      await this.tell("info", "No clusters found");
      return { paths: [], contexts: [] };
    }
    if (flags.output === "-") return kubeconfigs.get(names, { signal });
    if (flags.output === "")
      throw new K3dError("INVALID_INPUT", "--output is empty", {
        hint: "Name a file, or - for standard output",
      });
    return merge(names, flags, kubeconfigs, signal);
  }

  protected override render(result: KubeconfigMergeResult | string): string {
    return typeof result === "string" ? result.trimEnd() : result.paths.join(":");
  }

  protected override async toJson(result: KubeconfigMergeResult | string): Promise<unknown> {
    if (typeof result !== "string") return result;
    const { parse } = await import("yaml");
    return parse(result);
  }
}

/** Writes into one file where flags name one, else into a file for every cluster. */
async function merge(
  names: string[],
  flags: MergeFlags,
  kubeconfigs: K3dServices["kubeconfigs"],
  signal: AbortSignal,
): Promise<KubeconfigMergeResult> {
  const { update, overwrite } = flags;
  const options = { update, overwrite, switchContext: flags["kubeconfig-switch-context"], signal };
  const result: KubeconfigMergeResult = { paths: [], contexts: [] };
  const write = async (clusters: string[], path: string | undefined): Promise<void> => {
    const merged = await kubeconfigs.merge(clusters, {
      ...options,
      path,
    });
    result.paths.push(merged.path);
    result.contexts.push(...merged.contexts);
    if (merged.current !== undefined) result.current = merged.current;
  };
  if (flags.output !== undefined || flags["kubeconfig-merge-default"]) {
    await write(names, flags.output);
  } else {
    const home = { homeDir: homedir(), configHome: process.env.XDG_CONFIG_HOME };
    for (const name of names) await write([name], standaloneKubeconfig(name, home));
  }
  return result;
}
