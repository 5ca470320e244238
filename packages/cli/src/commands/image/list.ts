import type { NodeImage } from "@k3d/core";
import { K3dCommand, list, type OutputFormat } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { selectClusters, wantedClusters } from "../../flags/clusters.js";
import { imageNames, imageTable } from "../../views/images.js";

export default class ImageList extends K3dCommand<NodeImage[]> {
  static override summary = "List the images of clusters' nodes";
  static override description =
    "List the images in the containerd of every running server and agent: names, digests, size, and whether a container uses them.";
  static override aliases = ["image:ls", "images:list", "images:ls"];
  static override examples = [
    "<%= config.bin %> image list --cluster demo",
    {
      description: "Every image once, by its name",
      command: "<%= config.bin %> image list -c demo -o name",
    },
  ];
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to look at (default: k3s-default); can be repeated",
      helpValue: "NAME",
    }),
    output: Flags.option({
      char: "o",
      summary: "Print the result in this format",
      options: ["json", "yaml", "wide", "name"] as const,
    })(),
    "no-headers": Flags.boolean({ summary: "Leave out the column names" }),
  };

  #headers = true;
  #namesOnly = false;

  protected override async execute(): Promise<NodeImage[]> {
    const { flags } = await this.parse(ImageList);
    this.#headers = !flags["no-headers"];
    this.#namesOnly = flags.output === "name";
    const selection = { names: flags.cluster, all: false };
    const { clusters, images } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    return images.list(await selectClusters(selection, clusters, signal), { signal });
  }

  protected override formatOf(output: unknown): OutputFormat | undefined {
    return output === "name" ? "text" : super.formatOf(output);
  }

  protected override render(images: NodeImage[], format: "text" | "wide"): string {
    if (this.#namesOnly) return imageNames(images).join("\n");
    return imageTable(images, { headers: this.#headers, wide: format === "wide" });
  }
}
