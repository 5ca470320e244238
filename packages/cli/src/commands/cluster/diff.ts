import {
  altersAnything,
  changesText,
  compareGraphs,
  plannedGraph,
  type ClusterPlan,
} from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { assembleHere } from "../../config/assemble.js";
import { configFileOr } from "../../config/project-file.js";
import { machineServices } from "../../flags/machines.js";
import { projectFileFlag, configFlags, createFlags } from "../../flags/create.js";
import { graphOf } from "../../graph/observed.js";
import { draw, isPicture, PICTURES } from "../../graph/picture.js";
import { planJson } from "../../views/plan.js";

/** Exit code when the cluster is not as the file says; as `diff` and `kubectl diff` have it. */
const DIFFERENT = 1;

export default class ClusterDiff extends K3dCommand<ClusterPlan> {
  static override summary = "Show what cluster apply would change";
  static override description = `Compare a cluster with a config file, and change nothing. Exit code 0: nothing differs; ${DIFFERENT}: something differs; other codes are errors.

-o svg, mermaid and dot draw the cluster with what differs in colours.`;
  static override examples = [
    "<%= config.bin %> cluster diff -f k3d.yaml",
    "<%= config.bin %> cluster diff -f k3d.yaml -o svg > diff.svg",
  ];
  static override args = { name: Args.string({ description: "Name of the cluster" }) };
  static override flags = {
    config: projectFileFlag,
    output: Flags.option({
      char: "o",
      summary: "Print the result in this format, or draw it in this language",
      options: ["json", "yaml", ...PICTURES] as const,
    })(),
    ...configFlags,
  };

  #picture: string | undefined;

  protected override async execute(): Promise<ClusterPlan> {
    const { args, flags } = await this.parse(ClusterDiff);
    const name = { name: args.name };
    const { config, warnings } = await assembleHere(
      { ...createFlags(flags), ...name },
      await configFileOr(flags.config, (level, message) => this.tell(level, message)),
    );
    for (const warning of warnings) await this.tell("warn", warning);
    const configuredRuntime = config.options.runtime.name;
    const { clusters, listing } = await this.services({
      configuredRuntime,
      ...machineServices(config),
    });
    const { signal } = this;
    const plan = await clusters.diff(config, { signal });
    if (isPicture(flags.output)) {
      const { desired, changes } = plan;
      const before = await graphOf(desired.name, { listing, signal });
      this.#picture = await draw(
        compareGraphs(before, plannedGraph(desired), changes),
        flags.output,
      );
    }
    if (altersAnything(plan.changes)) process.exitCode = DIFFERENT;
    return plan;
  }

  protected override render({ changes, desired }: ClusterPlan): string {
    if (this.#picture !== undefined) return this.#picture;
    return altersAnything(changes)
      ? changesText(changes).trimEnd()
      : `Cluster ${desired.name} is as described.`;
  }

  protected override toJson(plan: ClusterPlan): unknown {
    return planJson(plan);
  }
}
