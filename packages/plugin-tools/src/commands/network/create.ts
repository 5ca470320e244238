import { type NetworkInfo } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { EXTERNAL_LABELS } from "../../views/external.js";

export default class NetworkCreate extends K3dCommand<NetworkInfo> {
  static override summary = "Create a network for clusters";
  static override description =
    "Create a network that clusters can share. It belongs to none of them: deleting a cluster and k3d prune leave it alone.";
  static override examples = [
    "<%= config.bin %> network create shared && <%= config.bin %> cluster create --network shared",
    "<%= config.bin %> network create shared --subnet 172.30.0.0/16",
  ];
  static override args = { name: Args.string({ description: "Name of it", required: true }) };
  static override flags = {
    subnet: Flags.string({
      summary: "Addresses of the network (default: the engine chooses)",
      helpValue: "CIDR",
    }),
  };

  protected override async execute(): Promise<NetworkInfo> {
    const { args, flags } = await this.parse(NetworkCreate);
    const { runtime } = await this.services();
    const { subnet } = flags;
    return runtime.networks.create(
      {
        name: args.name,
        labels: { ...EXTERNAL_LABELS },
        subnet,
      },
      { signal: this.signal },
    );
  }

  protected override render({ name }: NetworkInfo): string {
    return name;
  }
}
