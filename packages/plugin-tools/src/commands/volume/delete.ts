import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { deleteExternal, type DeleteResult } from "../../views/delete-external.js";

export default class VolumeDelete extends K3dCommand<DeleteResult> {
  static override summary = "Delete volumes";
  static override description =
    "Delete volumes that volume create made, with what is in them. One that a container mounts stays.";
  static override aliases = ["volume:rm", "volume:del"];
  static override examples = ["<%= config.bin %> volume delete data"];
  static override args = {
    name: Args.string({ description: "Names of volumes", required: true, multiple: true }),
  };

  protected override async execute(): Promise<DeleteResult> {
    const { args } = await this.parse(VolumeDelete);
    const { runtime } = await this.services();
    return deleteExternal("volume", args.name, runtime.volumes, { signal: this.signal });
  }

  protected override render({ deleted }: DeleteResult): string {
    return deleted.join("\n");
  }
}
