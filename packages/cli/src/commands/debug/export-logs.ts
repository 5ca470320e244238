import { exportLogs, systemClock, type ExportResult } from "@k3d/core";
import { K3dCommand, repeated } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { cliVersion } from "../../version.js";
import { pick } from "../../views/lookup.js";

export default class DebugExportLogs extends K3dCommand<ExportResult> {
  static override summary = "Write logs that explain a failure into a directory";
  static override description = `Write logs, inspections and configuration of the nodes, and the events, nodes and pods that the Kubernetes API knows, into a new directory. Tokens and passwords that k3d knows are replaced by ***; check the files anyway before you pass them on.

The directory must be new or empty. What cannot be read (a stopped cluster has no events) is left out, with a warning.`;
  static override examples = [
    "<%= config.bin %> debug export-logs ./k3d-logs",
    "<%= config.bin %> debug export-logs /tmp/demo --cluster demo",
  ];
  static override args = {
    directory: Args.string({ description: "Directory to create", required: true }),
  };
  static override flags = {
    cluster: repeated({
      char: "c",
      summary: "Only this cluster (can be repeated; default: all)",
      helpValue: "NAME",
    }),
  };

  protected override async execute(): Promise<ExportResult> {
    const { args, flags } = await this.parse(DebugExportLogs);
    const names = flags.cluster ?? [];
    const wanted = names.length === 0 ? undefined : { clusters: names };
    const { clusters, runtime } = await this.services({ wanted });
    const { signal } = this;
    const found = pick(await clusters.list({ signal }), names, "cluster");
    const result = await exportLogs({ runtime, clock: systemClock }, args.directory, {
      clusters: found.map(({ name }) => name),
      version: cliVersion,
      now: new Date(),
      signal,
    });
    for (const problem of result.problems) await this.tell("warn", problem);
    if (result.clusters.length === 0) await this.tell("info", "No clusters found");
    return result;
  }

  protected override render({ directory, files }: ExportResult): string {
    return `Wrote ${files.length} files into ${directory}`;
  }
}
