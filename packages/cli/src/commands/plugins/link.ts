import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import type { PluginView } from "../../plugins/describe.js";
import { added } from "../../plugins/views.js";

export default class PluginsLink extends K3dCommand<PluginView> {
  static override summary = "Use a plug-in from its directory while you develop it";
  static override description =
    "Use a plug-in from its directory. Nothing is copied: the next command uses what you change and build there.";
  static override examples = ["<%= config.bin %> plugins link ."];
  static override args = {
    directory: Args.string({ description: "Directory of the plug-in", default: "." }),
  };

  protected override async execute(): Promise<PluginView> {
    const { args } = await this.parse(PluginsLink);
    const { linkPlugin } = await import("../../plugins/install.js");
    return linkPlugin(args.directory, this.config, this.signal);
  }

  protected override render(plugin: PluginView): string {
    return added("Linked", plugin, this.config.bin);
  }
}
