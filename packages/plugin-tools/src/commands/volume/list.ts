import { APP, LABELS, type VolumeInfo } from "@k3d/core";
import { formatAge, K3dCommand, listFlags, renderTable } from "@k3d/plugin-kit";
import { ownerOf } from "../../views/external.js";

export default class VolumeList extends K3dCommand<VolumeInfo[]> {
  static override summary = "List volumes";
  static override description =
    "List k3d's volumes: those of clusters, and those made by volume create.";
  static override aliases = ["volume:ls"];
  static override examples = ["<%= config.bin %> volume list"];
  static override flags = listFlags;

  #headers = true;

  protected override async execute(): Promise<VolumeInfo[]> {
    const { flags } = await this.parse(VolumeList);
    this.#headers = !flags["no-headers"];
    const { runtime } = await this.services();
    const { signal } = this;
    const volumes = await runtime.volumes.list({ labels: { [LABELS.app]: APP }, signal });
    return volumes.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  }

  protected override render(volumes: VolumeInfo[]): string {
    const now = new Date();
    const rows = volumes.map(({ name, labels, created }) => [
      name,
      ownerOf(labels),
      created === undefined ? "" : formatAge(created, now),
    ]);
    return renderTable(this.#headers ? ["NAME", "CLUSTER", "AGE"] : undefined, rows);
  }
}
