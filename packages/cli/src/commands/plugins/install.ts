import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import type { PluginView } from "../../plugins/describe.js";
import { added } from "../../plugins/views.js";

export default class PluginsInstall extends K3dCommand<PluginView> {
  static override summary = "Install a plug-in: commands or a container runtime";
  static override description = `Install a plug-in from the npm registry, from a tarball that npm pack made, or from a directory, which is packed. npm must be on PATH. A tarball needs no network when the plug-in bundles everything it needs besides k3d's own packages.

A plug-in runs with your rights, as k3d does: install only those whose authors you trust.`;
  static override aliases = ["plugins:add"];
  static override examples = [
    "<%= config.bin %> plugins install k3d-plugin-hello",
    "<%= config.bin %> plugins install ./k3d-plugin-hello-1.0.0.tgz",
    "<%= config.bin %> plugins install ./examples/plugin-hello",
  ];
  static override args = {
    plugin: Args.string({
      description: "Name[@version], tarball or directory of the plug-in",
      required: true,
    }),
  };

  protected override async execute(): Promise<PluginView> {
    const { args } = await this.parse(PluginsInstall);
    const { installPlugin } = await import("../../plugins/install.js");
    return installPlugin(args.plugin, this.config, this.signal);
  }

  protected override render(plugin: PluginView): string {
    return added("Installed", plugin, this.config.bin);
  }
}
