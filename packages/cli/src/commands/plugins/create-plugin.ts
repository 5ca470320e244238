import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { namesOf, writeScaffold, type Scaffold } from "../../scaffold/write.js";

const PREFIX = "k3d-plugin-";

export default class PluginsCreatePlugin extends K3dCommand<Scaffold> {
  static override summary = "Write a new plug-in with a command to start from";
  static override description =
    "Write a new plug-in with a command and its test. It is named after the directory: DIRECTORY or k3d-plugin-NAME become k3d NAME.";
  static override examples = ["<%= config.bin %> plugins create-plugin k3d-plugin-count"];
  static override args = {
    directory: Args.string({ description: "Directory to create", required: true }),
  };

  protected override async execute(): Promise<Scaffold> {
    const { args } = await this.parse(PluginsCreatePlugin);
    const { pluginFiles } = await import("../../scaffold/plugin.js");
    const { name, short } = namesOf(args.directory, PREFIX);
    return writeScaffold(args.directory, name, pluginFiles(name, short));
  }

  protected override render({ directory, files }: Scaffold): string {
    const { bin } = this.config;
    return [
      `Wrote ${files.length} files to ${directory}`,
      `  ${bin} plugins link ${directory}`,
    ].join("\n");
  }
}
