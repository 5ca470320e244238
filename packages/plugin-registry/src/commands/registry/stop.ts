import type { RegistryView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import { allFlag, registryArgs, selectRegistries } from "../../flags/names.js";
import { registryJson, type RegistryJson } from "../../views/json.js";

export default class RegistryStop extends K3dCommand<RegistryView[]> {
  static override summary = "Stop registries";
  static override description = "Stop registries; their images stay, and so does their port.";
  static override hiddenAliases = ["registries:stop", "reg:stop"];
  static override examples = [
    "<%= config.bin %> registry stop dev",
    "<%= config.bin %> registry stop --all",
  ];
  static override args = registryArgs;
  static override flags = { all: allFlag("Stop") };

  protected override async execute(): Promise<RegistryView[]> {
    const { args, flags } = await this.parse(RegistryStop);
    const { registries } = await this.services();
    const { signal } = this;
    const result: RegistryView[] = [];
    for (const name of await selectRegistries(
      { names: args.name, all: flags.all },
      registries,
      signal,
    )) {
      result.push(...(await registries.stop(name, { signal })));
      await this.tell("info", `Stopped registry ${name}`);
    }
    return result;
  }

  protected override toJson(registries: RegistryView[]): RegistryJson[] {
    return registries.map((registry) => registryJson(registry));
  }
}
