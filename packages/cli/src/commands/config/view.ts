import {
  byName,
  describeConfig,
  inOrder,
  maskData,
  renderConfig,
  type ConfigValue,
  type SimpleConfig,
} from "@k3d/core";
import { K3dCommand, outputFlag, renderTable } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { assembleHere } from "../../config/assemble.js";
import { fileAsName, looksLikeFile } from "../../config/file-as-name.js";
import { configFile, configFileFlag, configFlags, createFlags } from "../../flags/create.js";

/** What `config view` shows: a config, or with `--origins` its values one by one. */
type Result = { config: SimpleConfig; text: string } | { values: ConfigValue[] };

export default class ConfigView extends K3dCommand<Result> {
  static override summary = "Show the effective config as a config file";
  static override description = `Show the config that cluster create would use with the same flags, environment and config file, as a config file in the current version. Nothing is made.

Secrets are shown as *** unless --raw is given. --origins shows what set each value instead.`;
  static override aliases = ["config:show"];
  static override examples = [
    "<%= config.bin %> config view --config k3d.yaml",
    "<%= config.bin %> config view -c k3d.yaml --image +v1.36 --origins",
    {
      description: "Make one file of a file and flags",
      command: "<%= config.bin %> config view -c k3d.yaml --agents 2 --raw -o yaml > other.yaml",
    },
  ];
  static override args = { name: Args.string({ description: "Name of the cluster" }) };
  static override flags = {
    config: configFileFlag,
    ...configFlags,
    origins: Flags.boolean({ summary: "Show each value with what set it", default: false }),
    raw: Flags.boolean({
      summary: "Show secrets as they are",
      default: false,
      exclusive: ["origins"],
    }),
    output: outputFlag,
  };

  protected override async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ConfigView);
    const name = { name: args.name };
    if (args.name !== undefined && looksLikeFile(args.name) && !(await this.#isCluster(args.name)))
      throw await fileAsName(args.name);
    const assembled = await assembleHere(
      { ...createFlags(flags), ...name },
      configFile(flags.config),
    );
    for (const warning of assembled.warnings) await this.tell("warn", warning);
    if (flags.origins) return { values: await describeConfig(assembled) };
    const { effective } = assembled;
    const config = inOrder((flags.raw ? effective : await maskData(effective)) as SimpleConfig);
    if (!flags.raw && JSON.stringify(config) !== JSON.stringify(inOrder(effective)))
      await this.tell("warn", "Secrets are shown as ***; --raw shows them");
    return { config, text: await renderConfig(config) };
  }

  /** Where no engine answers nobody knows of one. */
  async #isCluster(name: string): Promise<boolean> {
    try {
      const { listing } = await this.services();
      return byName(name, await listing.clusters({ signal: this.signal })) !== undefined;
    } catch {
      this.signal.throwIfAborted();
      return false;
    }
  }

  protected override render(result: Result): string {
    if ("text" in result) return result.text.trimEnd();
    const rows = result.values.map(({ path, value, source }) => [
      path,
      shown(value),
      source.origin ?? source.kind,
    ]);
    return renderTable(["FIELD", "VALUE", "SET BY"], rows);
  }

  protected override toJson(result: Result): unknown {
    return "values" in result ? result.values : result.config;
  }
}

function shown(value: unknown): string {
  return typeof value === "string" ? value.replaceAll("\n", String.raw`\n`) : JSON.stringify(value);
}
