import { K3dCommand } from "@k3d/plugin-kit";
import type { PluginView } from "../../plugins/describe.js";

export default class PluginsUpdate extends K3dCommand<PluginView[]> {
  static override summary = "Update the plug-ins that came from a registry";
  static override description =
    "Update the plug-ins that came from a registry. One that was installed from a tarball or a directory is updated by installing the new one.";
  static override examples = ["<%= config.bin %> plugins update"];

  protected override async execute(): Promise<PluginView[]> {
    await this.parse(PluginsUpdate);
    const { updatePlugins } = await import("../../plugins/install.js");
    const plugins = await updatePlugins(this.config, this.signal);
    for (const { name, problems } of plugins)
      for (const problem of problems) await this.tell("warn", `${name}: ${problem}`);
    return plugins;
  }

  protected override render(plugins: PluginView[]): string {
    if (plugins.length === 0) return "No plug-ins are installed";
    return plugins.map(({ name, version }) => `${name} ${version ?? "-"}`).join("\n");
  }
}
