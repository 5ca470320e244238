import { type ImageImportResult, K3dError, type NodeImages } from "@k3d/core";
import { K3dCommand, list } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { selectClusters, wantedClusters } from "../../flags/clusters.js";
import { imageSources } from "../../images/sources.js";
import { importText } from "../../views/imported.js";

export default class ImageImport extends K3dCommand<ImageImportResult> {
  static override summary = "Import images into clusters";
  static override description =
    "Copy images of the container engine, or archives of images, into every server and agent of clusters. An archive may be compressed with gzip or zstd; - reads one from standard input. Images that a node has already are left out, and each image is read once for all nodes.";
  static override aliases = ["image:load", "images:import", "images:load"];
  static override examples = [
    "<%= config.bin %> image import app:dev --cluster demo",
    "<%= config.bin %> image import app:dev ./other.tar.gz -c demo -c test",
    "docker save app:dev | <%= config.bin %> image import - --cluster demo",
  ];
  static override args = {
    image: Args.string({
      description: "Images of the engine, paths of archives, or - for standard input",
      multiple: true,
    }),
  };
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to import into (default: k3s-default); may be given several times",
      helpValue: "NAME",
    }),
    mode: Flags.string({
      char: "m",
      summary: "Has no effect: images are always streamed to the nodes",
      options: ["auto", "direct", "tools", "tools-node"],
    }),
    "keep-tarball": Flags.boolean({
      char: "k",
      summary: "Has no effect: no archive is written",
      default: false,
    }),
    "keep-tools": Flags.boolean({
      char: "t",
      summary: "Has no effect: there is no tools container",
      default: false,
    }),
  };

  protected override async execute(): Promise<ImageImportResult> {
    const { args, flags } = await this.parse(ImageImport);
    if (!args.image?.length) {
      throw new K3dError("INVALID_INPUT", "No image is named", {
        hint: "Name images or archives, e.g. k3d image import app:dev --cluster demo",
      });
    }
    for (const flag of ["keep-tarball", "keep-tools"] as const) {
      if (flags[flag]) await this.tell("warn", `--${flag} has no effect: images are streamed`);
    }
    const selection = { names: flags.cluster, all: false };
    const sources = await imageSources(args.image);
    const { clusters, images } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    const result = await images.import(names, sources, { signal });
    await this.tell("info", importText(result));
    return result;
  }

  protected override toJson({ nodes }: ImageImportResult): NodeImages[] {
    return nodes;
  }
}
