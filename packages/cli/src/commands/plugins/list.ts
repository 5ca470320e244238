import { K3dCommand, listFlags, renderTable } from "@k3d/plugin-kit";
import { describePlugin, type PluginView } from "../../plugins/describe.js";
import { installedPlugins } from "../../plugins/installed.js";

export default class PluginsList extends K3dCommand<PluginView[]> {
  static override summary = "List installed plug-ins";
  static override examples = [
    "<%= config.bin %> plugins list",
    "<%= config.bin %> plugins list --json",
  ];
  static override flags = listFlags;

  #headers = true;

  protected override async execute(): Promise<PluginView[]> {
    const { flags } = await this.parse(PluginsList);
    this.#headers = !flags["no-headers"];
    const entries = await installedPlugins(this.config.dataDir);
    return Promise.all(
      entries.map((entry) => describePlugin(entry, this.config, { importAll: false })),
    );
  }

  protected override render(plugins: PluginView[], format: "text" | "wide"): string {
    const wide = format === "wide";
    const header = ["NAME", "VERSION", "COMMANDS", "RUNTIMES", "STATE", ...(wide ? ["ROOT"] : [])];
    return renderTable(
      this.#headers ? header : undefined,
      plugins.map(({ name, version, commands, runtimes, problems, type, root }) => [
        name,
        version ?? "-",
        commands.join(", ") || "-",
        runtimes.join(", ") || "-",
        problems.length > 0 ? "broken" : type === "link" ? "linked" : "installed",
        ...(wide ? [root] : []),
      ]),
    );
  }
}
