import { homedir } from "node:os";
import { fileKubeconfigStore, kubeContextName } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

/** What `use --json` prints. */
export interface UseResult {
  context: string;
  /** The kubeconfig that was changed. */
  path: string;
  /** The context that was current before; absent where there was none. */
  before?: string | undefined;
}

export default class Use extends K3dCommand<UseResult> {
  static override summary = "Make a cluster the one that kubectl talks to";
  static override description =
    "Make a cluster's context the current one of the default kubeconfig (KUBECONFIG, else ~/.kube/config). Its entries are added, or updated where they are old.";
  static override aliases = ["cluster:use", "kubeconfig:use"];
  static override examples = ["<%= config.bin %> use demo"];
  static override args = {
    cluster: Args.string({ description: "Name of the cluster", required: true }),
  };

  protected override async execute(): Promise<UseResult> {
    const { args } = await this.parse(Use);
    const { clusters, kubeconfigs } = await this.services({
      wanted: { clusters: [args.cluster] },
    });
    const { signal } = this;
    const { name } = await clusters.get(args.cluster, { signal });
    const store = fileKubeconfigStore(process.env, homedir());
    const before = (await store.read(store.defaultPath)).currentContext;
    const { path } = await kubeconfigs.merge([name], { signal, switchContext: true });
    return { context: kubeContextName(name), path, before };
  }

  protected override render({ context, before, path }: UseResult): string {
    if (context === before) return `${context} is already the current context of ${path}`;
    const instead = before === undefined ? "" : `, instead of ${before}`;
    return `${context} is the current context of ${path} now${instead}`;
  }
}
