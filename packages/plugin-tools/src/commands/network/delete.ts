import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { deleteExternal, type DeleteResult } from "../../views/delete-external.js";

export default class NetworkDelete extends K3dCommand<DeleteResult> {
  static override summary = "Delete networks";
  static override description =
    "Delete networks that network create made. One that containers are attached to stays.";
  static override aliases = ["network:rm", "network:del"];
  static override examples = ["<%= config.bin %> network delete shared"];
  static override args = {
    name: Args.string({ description: "Names of networks", required: true, multiple: true }),
  };

  protected override async execute(): Promise<DeleteResult> {
    const { args } = await this.parse(NetworkDelete);
    const { runtime } = await this.services();
    return deleteExternal("network", args.name, runtime.networks, { signal: this.signal });
  }

  protected override render({ deleted }: DeleteResult): string {
    return deleted.join("\n");
  }
}
