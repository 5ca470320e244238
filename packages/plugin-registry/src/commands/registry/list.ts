import type { RegistryView } from "@k3d/core";
import { K3dCommand, listFlags } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { selectRegistries } from "../../flags/names.js";
import { registryJson, type RegistryJson } from "../../views/json.js";
import { registryTable } from "../../views/table.js";

export default class RegistryList extends K3dCommand<RegistryView[]> {
  static override summary = "List registries";
  static override description =
    "List all registries, or those named: standalone ones and those made with a cluster.";
  static override aliases = ["registry:ls", "registry:get"];
  static override hiddenAliases = [
    "registries:list",
    "registries:ls",
    "registries:get",
    "reg:list",
    "reg:ls",
    "reg:get",
  ];
  static override examples = [
    "<%= config.bin %> registry list",
    "<%= config.bin %> registry list -o wide",
  ];
  static override args = {
    name: Args.string({ description: "Registries to list (default: all)", multiple: true }),
  };
  static override flags = listFlags;

  #headers = true;

  protected override async execute(): Promise<RegistryView[]> {
    const { args, flags } = await this.parse(RegistryList);
    this.#headers = !flags["no-headers"];
    const { registries } = await this.services();
    const { signal } = this;
    const all = await registries.list({ signal });
    if (args.name === undefined || args.name.length === 0) return all;
    const names = await selectRegistries({ names: args.name, all: false }, registries, signal);
    return names.flatMap((name) => all.filter((registry) => registry.name === name));
  }

  protected override render(registries: RegistryView[], format: "text" | "wide"): string {
    return registryTable(
      registries,
      { headers: this.#headers, wide: format === "wide" },
      new Date(),
    );
  }

  protected override toJson(registries: RegistryView[]): RegistryJson[] {
    return registries.map((registry) => registryJson(registry));
  }
}
