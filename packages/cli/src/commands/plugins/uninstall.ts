import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

export default class PluginsUninstall extends K3dCommand<{ name: string }> {
  static override summary = "Remove a plug-in";
  static override aliases = ["plugins:remove", "plugins:unlink"];
  static override examples = ["<%= config.bin %> plugins uninstall k3d-plugin-hello"];
  static override args = {
    name: Args.string({ description: "Name of the plug-in", required: true }),
  };

  protected override async execute(): Promise<{ name: string }> {
    const { args } = await this.parse(PluginsUninstall);
    const { uninstallPlugin } = await import("../../plugins/install.js");
    await uninstallPlugin(args.name, this.config, this.signal);
    return { name: args.name };
  }

  protected override render({ name }: { name: string }): string {
    return `Removed ${name}`;
  }
}
