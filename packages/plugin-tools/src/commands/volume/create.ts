import type { VolumeInfo } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { EXTERNAL_LABELS } from "../../views/external.js";

export default class VolumeCreate extends K3dCommand<Pick<VolumeInfo, "name">> {
  static override summary = "Create a volume for clusters";
  static override description =
    "Create a named volume that clusters can mount. It belongs to none of them: deleting a cluster and k3d prune leave it alone.";
  static override examples = [
    "<%= config.bin %> volume create data && <%= config.bin %> cluster create --volume data:/data@all",
  ];
  static override args = { name: Args.string({ description: "Name of it", required: true }) };

  protected override async execute(): Promise<Pick<VolumeInfo, "name">> {
    const { args } = await this.parse(VolumeCreate);
    const { runtime } = await this.services();
    const { signal } = this;
    const labels = { ...EXTERNAL_LABELS };
    const { name } = await runtime.volumes.create({ name: args.name, labels }, { signal });
    return { name };
  }

  protected override render({ name }: Pick<VolumeInfo, "name">): string {
    return name;
  }
}
