import { APP, LABELS, type NetworkInfo } from "@k3d/core";
import { K3dCommand, listFlags, renderTable } from "@k3d/plugin-kit";
import { ownerOf } from "../../views/external.js";

type Network = Omit<NetworkInfo, "containers">;

export default class NetworkList extends K3dCommand<Network[]> {
  static override summary = "List networks";
  static override description =
    "List k3d's networks: those of clusters, and those made by network create.";
  static override aliases = ["network:ls"];
  static override examples = ["<%= config.bin %> network list"];
  static override flags = listFlags;

  #headers = true;

  protected override async execute(): Promise<Network[]> {
    const { flags } = await this.parse(NetworkList);
    this.#headers = !flags["no-headers"];
    const { runtime } = await this.services();
    const { signal } = this;
    const networks = await runtime.networks.list({ labels: { [LABELS.app]: APP }, signal });
    return networks.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  }

  protected override render(networks: Network[]): string {
    const rows = networks.map(({ name, labels, subnets }) => [
      name,
      ownerOf(labels),
      subnets.map(({ subnet }) => subnet).join(", "),
    ]);
    return renderTable(this.#headers ? ["NAME", "CLUSTER", "SUBNETS"] : undefined, rows);
  }
}
