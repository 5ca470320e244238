import { K3dError } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { allFlag, registryArgs, selectRegistries } from "../../flags/names.js";

/** What `registry delete --json` prints. */
export interface RegistryDeleteResult {
  /** Names of the containers that were removed. */
  deleted: string[];
}

export default class RegistryDelete extends K3dCommand<RegistryDeleteResult> {
  static override summary = "Delete registries";
  static override description =
    "Delete registries with the images in them, unless those are in a volume of your own. A registry that a cluster uses stays, unless --force is given. On a terminal, --all asks before it deletes.";
  static override aliases = ["registry:del", "registry:rm"];
  static override hiddenAliases = [
    "registries:delete",
    "registries:del",
    "registries:rm",
    "reg:delete",
    "reg:del",
    "reg:rm",
  ];
  static override examples = [
    "<%= config.bin %> registry delete dev",
    "<%= config.bin %> registry delete --all --yes",
  ];
  static override args = registryArgs;
  static override flags = {
    all: allFlag("Delete"),
    force: Flags.boolean({ char: "f", summary: "Also those that a cluster uses" }),
    yes: Flags.boolean({ char: "y", summary: "Do not ask" }),
  };

  protected override async execute(): Promise<RegistryDeleteResult> {
    const { args, flags } = await this.parse(RegistryDelete);
    const { registries } = await this.services();
    const { signal } = this;
    const names = await selectRegistries({ names: args.name, all: flags.all }, registries, signal);
    if (flags.all && !flags.yes && this.interactive && names.length > 0) {
      const question = `Delete ${names.join(", ")}, and the images in there?`;
      if (!(await this.confirm(question))) throw new K3dError("ABORTED", "Nothing was deleted");
    }
    const deleted: string[] = [];
    for (const name of names) {
      deleted.push(...(await registries.delete(name, { force: flags.force, signal })));
      await this.tell("info", `Deleted registry ${name}`);
    }
    return { deleted };
  }
}
