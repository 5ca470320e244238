import { K3dError, changesText, type ClusterApplyResult } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { clusterEdit, editFlags } from "../../flags/edit-cluster.js";
import { waitForFlags, waitForOptions } from "../../flags/wait-for.js";
import { appliedJson, appliedText, type AppliedJson } from "../../views/applied.js";

export default class ClusterEdit extends K3dCommand<ClusterApplyResult> {
  static override summary = "Change a cluster that runs";
  static override aliases = ["cluster:update"];
  static override description = `Publish further ports, add or remove nodes, or change what nodes are given. Where a container has to be replaced, the new one keeps name, address and data, and the old one comes back if it does not start; what that interrupts is said beforehand, and asked on a terminal.`;
  static override examples = [
    "<%= config.bin %> cluster edit demo --port-add 8080:80@loadbalancer",
    "<%= config.bin %> cluster edit demo --agents 3",
    {
      description: "See what would be done",
      command: "<%= config.bin %> cluster edit demo --agents-memory 2g --dry-run",
    },
  ];
  static override args = {
    name: Args.string({ description: "Name of the cluster", required: true }),
  };
  static override flags = {
    ...editFlags,
    ...waitForFlags,
    "dry-run": Flags.boolean({ summary: "Print what would be changed, and change nothing" }),
    yes: Flags.boolean({ char: "y", summary: "Do not ask" }),
  };

  #cluster: string | undefined;

  protected override async execute(): Promise<ClusterApplyResult> {
    const { args, flags } = await this.parse(ClusterEdit);
    const edit = clusterEdit(flags);
    if (Object.keys(edit).length === 0) {
      throw new K3dError("INVALID_INPUT", "No change was asked for", {
        hint: "Name a change: --port-add, --port-delete, --agents, --servers, --env …; see --help.",
      });
    }
    const { clusters } = await this.services({ wanted: { clusters: [args.name] } });
    const { signal } = this;
    const planned = await clusters.edit(args.name, edit, { signal, dryRun: true });
    if (flags["dry-run"]) return planned;
    const disturbing = planned.changes.filter(({ disturbs }) => disturbs !== undefined);
    if (disturbing.length > 0) {
      for (const { action, name, disturbs } of disturbing)
        await this.tell("info", `Interrupts ${disturbs}: ${action} ${name}`);
      if (!flags.yes && this.interactive && !(await this.confirm("Continue?")))
        throw new K3dError("ABORTED", "Nothing was changed");
    }
    this.#cluster = args.name;
    this.undoesWhenInterrupted = true;
    return clusters.edit(args.name, edit, { ...waitForOptions(flags), signal });
  }

  protected override leftovers(): string | undefined {
    return this.halfReplaced(this.#cluster);
  }

  protected override render(result: ClusterApplyResult): string {
    return result.changes.length === 0
      ? appliedText(result)
      : changesText(result.changes).trimEnd();
  }

  protected override toJson(result: ClusterApplyResult): AppliedJson {
    return appliedJson(result);
  }
}
