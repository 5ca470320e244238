import { configTemplate } from "@k3d/core";
import { count, K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { writeText } from "../../config/output-file.js";

/** What `config init --json` prints. */
export interface ConfigInitResult {
  /** The file that was written; `-` for standard output. */
  path: string;
  text: string;
}

export default class ConfigInit extends K3dCommand<ConfigInitResult> {
  static override summary = "Write a config file to start from";
  static override description =
    "Write a config file with the defaults, and every other field as a comment with an example.";
  static override hiddenAliases = ["config:create"];
  static override examples = [
    "<%= config.bin %> config init",
    "<%= config.bin %> config init demo --servers 3 --output demo.yaml",
  ];
  static override args = { name: Args.string({ description: "Name of the cluster" }) };
  static override flags = {
    output: Flags.string({
      char: "o",
      summary: "File to write, or - for standard output",
      helpValue: "FILE",
      default: "k3d-default.yaml",
    }),
    force: Flags.boolean({
      char: "f",
      summary: "Replace the file when it exists",
      default: false,
    }),
    servers: count({ char: "s", summary: "Number of servers" }),
    agents: count({ char: "a", summary: "Number of agents" }),
    image: Flags.string({ char: "i", summary: "Image of the nodes", helpValue: "IMAGE" }),
  };

  protected override async execute(): Promise<ConfigInitResult> {
    const { args, flags } = await this.parse(ConfigInit);
    const { name } = args;
    const { servers, agents, image, output, force } = flags;
    const text = await configTemplate({
      name,
      servers,
      agents,
      image,
    });
    if (output !== "-") await writeText(output, text, { replace: force, signal: this.signal });
    return { path: output, text };
  }

  protected override render({ path, text }: ConfigInitResult): string {
    return path === "-" ? text.trimEnd() : path;
  }
}
