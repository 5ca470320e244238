import { resolve } from "node:path";
import { migrateConfigText, notRead } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { readStdin, readText } from "../../config/assemble.js";
import { writeText } from "../../config/output-file.js";

/** What `config migrate --json` prints. */
export interface ConfigMigrateResult {
  /** The file that was written; `-` for standard output. */
  path: string;
  text: string;
}

export default class ConfigMigrate extends K3dCommand<ConfigMigrateResult> {
  static override summary = "Migrate a config file to the current version";
  static override description = `Print a config file of an older version (v1alpha2 to v1alpha4) in the current one, or write it into another file. Variables, order, comments and style stay as they are, and so do all documents after the first.`;
  static override hiddenAliases = ["config:update"];
  static override examples = [
    "<%= config.bin %> config migrate old.yaml > k3d.yaml",
    "<%= config.bin %> config migrate old.yaml k3d.yaml",
  ];
  static override args = {
    input: Args.string({ description: "File to read, or - for standard input", required: true }),
    output: Args.string({ description: "File to write, or - for standard output", default: "-" }),
  };

  protected override async execute(): Promise<ConfigMigrateResult> {
    const { args } = await this.parse(ConfigMigrate);
    const { input, output } = args;
    const text = await migrateConfigText(await readInput(input), input === "-" ? "<stdin>" : input);
    if (output !== "-") await writeText(output, text, { replace: true, signal: this.signal });
    return { path: output, text };
  }

  protected override render({ path, text }: ConfigMigrateResult): string {
    return path === "-" ? text.trimEnd() : path;
  }
}

async function readInput(path: string): Promise<string> {
  if (path === "-") return readStdin();
  try {
    return await readText(resolve(path));
  } catch (error) {
    throw notRead(`Config file ${path}`, error);
  }
}
