import type { ClusterApplyResult } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { newestInChannel } from "../../config/release-channel.js";
import { waitForFlags, waitForOptions } from "../../flags/wait-for.js";
import { appliedJson, appliedText, type AppliedJson } from "../../views/applied.js";

export default class ClusterUpgrade extends K3dCommand<ClusterApplyResult> {
  static override summary = "Upgrade a cluster to another release of k3s";
  static override description = `Replace the nodes of a cluster with ones of another image: servers one after the other, agents in waves. Data, addresses and names stay. It stops at the first node that does not come back, and puts everything back as it was.`;
  static override examples = [
    "<%= config.bin %> cluster upgrade demo --image rancher/k3s:v1.36.4-k3s1",
    "<%= config.bin %> cluster upgrade demo --image stable",
  ];
  static override args = {
    name: Args.string({ description: "Name of the cluster", required: true }),
  };
  static override flags = {
    ...waitForFlags,
    image: Flags.string({
      char: "i",
      summary: "Image of all servers and agents, or a release channel",
      helpValue: "IMAGE",
      required: true,
    }),
    "dry-run": Flags.boolean({ summary: "Print what would be changed, and change nothing" }),
  };

  #cluster: string | undefined;

  protected override async execute(): Promise<ClusterApplyResult> {
    const { args, flags } = await this.parse(ClusterUpgrade);
    const { signal } = this;
    const image = (await newestInChannel(flags.image, signal)) ?? flags.image;
    const { clusters } = await this.services({ wanted: { clusters: [args.name] } });
    this.#cluster = args.name;
    this.undoesWhenInterrupted = !flags["dry-run"];
    const options = { ...waitForOptions(flags), signal, dryRun: flags["dry-run"] };
    return clusters.edit(args.name, { image }, options);
  }

  protected override leftovers(): string | undefined {
    return this.halfReplaced(this.#cluster);
  }

  protected override render(result: ClusterApplyResult): string {
    return appliedText(result);
  }

  protected override toJson(result: ClusterApplyResult): AppliedJson {
    return appliedJson(result);
  }
}
