import { describeConfig, type ConfigValue } from "@k3d/core";
import { K3dCommand, outputFlag, renderTable } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { assembleHere } from "../../config/assemble.js";
import { configFileFlag, configFlags, createFlags } from "../../flags/create.js";

export default class ConfigView extends K3dCommand<ConfigValue[]> {
  static override summary = "Show the effective config, and what set each value";
  static override description =
    "Show the config that cluster create would use with the same flags, environment and config file. Nothing is made; secrets are masked.";
  static override examples = [
    "<%= config.bin %> config view --config k3d.yaml",
    "K3D_AGENTS=2 <%= config.bin %> config view -c k3d.yaml --image +v1.31 -o yaml",
  ];
  static override args = { name: Args.string({ description: "Name of the cluster" }) };
  static override flags = { config: configFileFlag, ...configFlags, output: outputFlag };

  protected override async execute(): Promise<ConfigValue[]> {
    const { args, flags } = await this.parse(ConfigView);
    const name = args.name === undefined ? {} : { name: args.name };
    const assembled = await assembleHere({ ...createFlags(flags), ...name }, flags.config);
    for (const warning of assembled.warnings) await this.tell("warn", warning);
    return describeConfig(assembled);
  }

  protected override render(values: ConfigValue[]): string {
    const rows = values.map(({ path, value, source }) => [
      path,
      shown(value),
      source.origin ?? source.kind,
    ]);
    return renderTable(["FIELD", "VALUE", "SET BY"], rows);
  }
}

function shown(value: unknown): string {
  return typeof value === "string" ? value.replaceAll("\n", String.raw`\n`) : JSON.stringify(value);
}
