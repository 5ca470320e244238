import type { ClusterApplyResult } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { assembleHere } from "../../config/assemble.js";
import { configFileOr, isConfigNamed } from "../../config/project-file.js";
import { machineServices, withMachinesKept } from "../../flags/machines.js";
import { projectFileFlag, configFlags, createFlags } from "../../flags/create.js";
import { appliedJson, appliedText, type AppliedJson } from "../../views/applied.js";

export default class ClusterApply extends K3dCommand<ClusterApplyResult> {
  static override summary = "Make a cluster match a config file";
  static override description = `Create the cluster, or change what differs from the file: more or fewer nodes, ports, images, registries, and what was changed by hand. The rest is left alone. Preview the changes with: <%= config.bin %> cluster diff

What the file leaves out keeps the value that the cluster has, if that was chosen for it (image, token, subnet, open ports); everything else is as in cluster create.`;
  static override examples = ["<%= config.bin %> cluster apply -f k3d.yaml"];
  static override args = { name: Args.string({ description: "Name of the cluster" }) };
  static override flags = { config: projectFileFlag, ...configFlags };

  #cluster: string | undefined;

  protected override async execute(): Promise<ClusterApplyResult> {
    const { args, flags } = await this.parse(ClusterApply);
    const name = { name: args.name };
    const { config, warnings } = await assembleHere(
      { ...createFlags(flags), ...name },
      await configFileOr(flags.config, (level, message) => this.tell(level, message)),
      undefined,
      undefined,
      !isConfigNamed(flags.config),
    );
    for (const warning of warnings) await this.tell("warn", warning);
    const { clusters } = await this.services({
      configuredRuntime: config.options.runtime.name,
      ...machineServices(config),
    });
    this.#cluster = config.metadata.name;
    this.undoesWhenInterrupted = !config.options.k3d.disableRollback;
    return withMachinesKept(config, () => clusters.apply(config, { signal: this.signal }));
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
