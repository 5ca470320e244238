import type { RegistryView } from "@k3d/core";
import { K3dCommand, waitFlags, waitOptions } from "@k3d/plugin-kit";
import { allFlag, registryArgs, selectRegistries } from "../../flags/names.js";
import { registryJson, type RegistryJson } from "../../views/json.js";

export default class RegistryStart extends K3dCommand<RegistryView[]> {
  static override summary = "Start registries";
  static override hiddenAliases = ["registries:start", "reg:start"];
  static override examples = [
    "<%= config.bin %> registry start dev",
    "<%= config.bin %> registry start --all",
  ];
  static override args = registryArgs;
  static override flags = { all: allFlag("Start"), ...waitFlags };

  protected override async execute(): Promise<RegistryView[]> {
    const { args, flags } = await this.parse(RegistryStart);
    const { registries } = await this.services();
    const { signal } = this;
    const result: RegistryView[] = [];
    for (const name of await selectRegistries(
      { names: args.name, all: flags.all },
      registries,
      signal,
    )) {
      result.push(...(await registries.start(name, { ...waitOptions(flags), signal })));
      await this.tell("info", `Started registry ${name}`);
    }
    return result;
  }

  protected override toJson(registries: RegistryView[]): RegistryJson[] {
    return registries.map((registry) => registryJson(registry));
  }
}
