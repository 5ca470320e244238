import { type NodeImage } from "@k3d/core";
import { K3dCommand, list, outputFlag } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { selectClusters, wantedClusters } from "../../flags/clusters.js";
import { imageTable, removedText } from "../../views/images.js";

export default class ImagePrune extends K3dCommand<NodeImage[]> {
  static override summary = "Remove images that clusters' nodes do not use";
  static override description =
    "Remove images without a name, as every import of a new build leaves one, from every running server and agent. With --all also named images that no container uses; nodes pull them again when a pod needs them, imported ones have to be imported again.";
  static override aliases = ["images:prune"];
  static override examples = [
    "<%= config.bin %> image prune --cluster demo",
    "<%= config.bin %> image prune --all --dry-run -c demo",
  ];
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to clean (default: k3s-default); can be repeated",
      helpValue: "NAME",
    }),
    all: Flags.boolean({ char: "a", summary: "Also named images that no container uses" }),
    "dry-run": Flags.boolean({ summary: "Show what would be removed, and remove nothing" }),
    output: outputFlag,
  };

  #dryRun = false;

  protected override async execute(): Promise<NodeImage[]> {
    const { flags } = await this.parse(ImagePrune);
    this.#dryRun = flags["dry-run"];
    const selection = { names: flags.cluster, all: false };
    const { clusters, images } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    return images.prune(names, { signal, all: flags.all, dryRun: flags["dry-run"] });
  }

  protected override render(images: NodeImage[]): string {
    if (this.#dryRun && images.length > 0)
      return imageTable(images, { headers: true, wide: false });
    return removedText(images);
  }
}
