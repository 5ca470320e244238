import {
  CONFIG_VERSIONS,
  configSchema,
  CURRENT_CONFIG_VERSION,
  type ConfigVersion,
  type JsonSchema,
} from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

const GROUP = "k3d.io/";

function shortVersion(version: ConfigVersion): string {
  return version.slice(GROUP.length);
}

export default class ConfigSchema extends K3dCommand<JsonSchema> {
  static override summary = "Print the JSON Schema of config files";
  static override description = `Print the JSON Schema that config files are checked against, for editors and other tools.`;
  static override examples = ["<%= config.bin %> config schema > k3d.schema.json"];
  static override args = {
    version: Args.string({
      description: "Version of the config file",
      options: CONFIG_VERSIONS.map((version) => shortVersion(version)),
      default: shortVersion(CURRENT_CONFIG_VERSION),
    }),
  };

  protected override async execute(): Promise<JsonSchema> {
    const { args } = await this.parse(ConfigSchema);
    return configSchema(`${GROUP}${args.version}` as ConfigVersion);
  }

  protected override render(schema: JsonSchema): string {
    return JSON.stringify(schema, undefined, 2);
  }
}
