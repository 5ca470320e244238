import { K3dError, type NetworkInfo, parseSubnets } from "@k3d/core";
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
      summary: "Addresses of the network, IPv4 first (default: the engine chooses IPv4 ones)",
      helpValue: "CIDR[,CIDR]",
    }),
  };

  protected override async execute(): Promise<NetworkInfo> {
    const { args, flags } = await this.parse(NetworkCreate);
    const { ipv4, ipv6, hasIpv6 } = parseSubnets(flags.subnet ?? "auto");
    if (hasIpv6 && ipv6 === undefined) {
      throw new K3dError("INVALID_INPUT", "The IPv6 network of a shared network must be named", {
        hint: "For example: --subnet auto,fd00:28::/64",
      });
    }
    const { runtime } = await this.services();
    return runtime.networks.create(
      {
        name: args.name,
        labels: { ...EXTERNAL_LABELS },
        ...(ipv4 === undefined ? {} : { subnet: ipv4 }),
        ...(ipv6 === undefined ? {} : { ipv6: { subnet: ipv6 } }),
      },
      { signal: this.signal },
    );
  }

  protected override render({ name }: NetworkInfo): string {
    return name;
  }
}
