import { K3dCommand, outputFlag, renderTable } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { describePlugin, type PluginView } from "../../plugins/describe.js";
import { findEntry } from "../../plugins/install.js";
import { lendHostModules } from "../../plugins/host-modules.js";

export default class PluginsInspect extends K3dCommand<PluginView> {
  static override summary = "Show what a plug-in adds, and what is wrong with it";
  static override examples = ["<%= config.bin %> plugins inspect k3d-plugin-hello"];
  static override args = {
    name: Args.string({ description: "Name of the plug-in", required: true }),
  };
  static override flags = { output: outputFlag };

  protected override async execute(): Promise<PluginView> {
    const { args } = await this.parse(PluginsInspect);
    const entry = await findEntry(args.name, this.config.dataDir);
    lendHostModules(this.config.root);
    return describePlugin(entry, this.config, { importAll: true });
  }

  protected override render(plugin: PluginView): string {
    const rows: [string, string | undefined][] = [
      ["Name", plugin.name],
      ["Version", plugin.version],
      ["Type", plugin.type],
      ["Directory", plugin.root],
      ["From", plugin.from],
      ["Commands", plugin.commands.join(", ") || "-"],
      ["Runtimes", plugin.runtimes.join(", ") || "-"],
      ["Hooks", plugin.hooks?.join(", ")],
      ...plugin.problems.map((problem): [string, string] => ["Problem", problem]),
    ];
    return renderTable(
      undefined,
      rows.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    );
  }
}
