import { K3dError, type NodeImage } from "@k3d/core";
import { K3dCommand, list, outputFlag } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { selectClusters, wantedClusters } from "../../flags/clusters.js";
import { removedText } from "../../views/images.js";

export default class ImageRemove extends K3dCommand<NodeImage[]> {
  static override summary = "Remove images from clusters' nodes";
  static override description =
    "Remove names of images from every running server and agent of clusters, and an image with its last name. An id stands for all its names. Images of the container engine stay.";
  static override aliases = ["image:rm", "image:delete", "images:remove", "images:rm"];
  static override examples = ["<%= config.bin %> image remove app:dev --cluster demo"];
  static override args = {
    image: Args.string({ description: "Names or ids of images", multiple: true }),
  };
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to remove from (default: k3s-default); can be repeated",
      helpValue: "NAME",
    }),
    force: Flags.boolean({ char: "f", summary: "Also remove what containers use" }),
    output: outputFlag,
  };

  protected override async execute(): Promise<NodeImage[]> {
    const { args, flags } = await this.parse(ImageRemove);
    if (!args.image?.length) {
      throw new K3dError("INVALID_INPUT", "No image is named", {
        hint: "Name images, e.g. k3d image remove app:dev --cluster demo",
      });
    }
    const selection = { names: flags.cluster, all: false };
    const { clusters, images } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    return images.remove(names, [...new Set(args.image)], { signal, force: flags.force });
  }

  protected override render(removed: NodeImage[]): string {
    return removedText(removed);
  }
}
