import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { namesOf, writeScaffold, type Scaffold } from "../../scaffold/write.js";

const PREFIX = "k3d-runtime-";

export default class PluginsCreateAdapter extends K3dCommand<Scaffold> {
  static override summary = "Write a new adapter for a container engine to start from";
  static override description =
    "Write a new adapter for a container engine, with its methods still to be written. Its conformance run says what to write next. It is named after the directory: DIRECTORY or k3d-runtime-NAME become --runtime NAME.";
  static override examples = ["<%= config.bin %> plugins create-adapter k3d-runtime-example"];
  static override args = {
    directory: Args.string({ description: "Directory to create", required: true }),
  };

  protected override async execute(): Promise<Scaffold> {
    const { args } = await this.parse(PluginsCreateAdapter);
    const { adapterFiles } = await import("../../scaffold/adapter.js");
    const { name, short } = namesOf(args.directory, PREFIX);
    return writeScaffold(args.directory, name, adapterFiles(name, short));
  }

  protected override render({ directory, files }: Scaffold): string {
    return [
      `Wrote ${files.length} files to ${directory}`,
      `  cd ${directory} && npm install && npm test`,
    ].join("\n");
  }
}
