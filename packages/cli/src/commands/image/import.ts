import { type ImageImportResult, K3dError, type NodeImages } from "@k3d/core";
import { freeBuffersEarly, K3dCommand, list } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { identityHere } from "../../config/assemble.js";
import { configFileOr } from "../../config/project-file.js";
import { selectClusters, wantedClusters } from "../../flags/clusters.js";
import { hookFlags, hooksOf } from "../../flags/hooks.js";
import { imageSources } from "../../images/sources.js";
import { importText } from "../../views/imported.js";

export default class ImageImport extends K3dCommand<ImageImportResult> {
  static override summary = "Import images into clusters";
  static override description = `Copy images of the container engine, archives of images, or OCI image layouts into every server and agent of clusters. An archive may be compressed with gzip or zstd; - reads one from standard input.

Only what is named is imported: NAME:TAG under that name, NAME@DIGEST under that digest, an archive with all images in it. Each source is read once for all nodes; images and layers that a node has already are not sent again.`;
  static override aliases = ["image:load", "images:import", "images:load"];
  static override examples = [
    "<%= config.bin %> image import app:dev --cluster demo",
    "<%= config.bin %> image import ./layout --platform linux/amd64 -c demo",
    "<%= config.bin %> image import app:dev ./other.tar.gz -c demo -c test",
    "docker save app:dev | <%= config.bin %> image import - --cluster demo",
  ];
  static override args = {
    image: Args.string({
      description:
        "Images of the engine, paths of archives and OCI layouts, or - for standard input",
      multiple: true,
    }),
  };
  static override flags = {
    cluster: list({
      char: "c",
      summary:
        "Cluster to import into (default: that of K3D_CONFIG or of the nearest .k3d.yaml, else k3s-default); can be repeated",
      helpValue: "NAME",
    }),
    platform: Flags.string({
      summary: "Import images for this platform, e.g. linux/arm64 (default: the nodes')",
      helpValue: "OS/ARCH",
    }),
    "all-platforms": Flags.boolean({
      summary: "Import all platforms that the source holds",
      default: false,
    }),
    mode: Flags.option({
      char: "m",
      summary:
        "How images get into nodes: direct streams them, tools-node goes through the image volume, auto through the volume where several nodes share it",
      options: ["auto", "direct", "tools", "tools-node"] as const,
      default: "auto" as const,
    })(),
    "keep-tarball": Flags.boolean({
      char: "k",
      summary: "Keep the archive in the image volume; only with --mode tools-node",
      default: false,
    }),
    ...hookFlags,
    "keep-tools": Flags.boolean({
      char: "t",
      summary: "Has no effect: there is no tools container",
      default: false,
    }),
  };

  protected override async execute(): Promise<ImageImportResult> {
    const { args, flags } = await this.parse(ImageImport);
    freeBuffersEarly();
    if (!args.image?.length) {
      throw new K3dError("INVALID_INPUT", "No image is named", {
        hint: "Name images or archives, e.g. k3d image import app:dev --cluster demo",
      });
    }
    const mode = flags.mode === "tools" ? "tools-node" : flags.mode;
    if (flags["keep-tools"]) {
      await this.tell("warn", "--keep-tools has no effect: there is no tools container");
    }
    if (flags["keep-tarball"] && mode !== "tools-node") {
      await this.tell("warn", "--keep-tarball has no effect without --mode tools-node");
    }
    const file = await identityHere(flags.config);
    for (const warning of file.warnings) await this.tell("warn", warning);
    const fallback = flags.cluster?.length
      ? undefined
      : (file.name ?? (await this.#projectCluster()));
    const selection = { names: flags.cluster, all: false, fallback };
    const sources = await imageSources(args.image);
    const { clusters, images } = await this.services({ wanted: wantedClusters(selection) });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    const result = await images.import(names, sources, {
      signal,
      mode,
      keepTarball: flags["keep-tarball"] && mode === "tools-node",
      allPlatforms: flags["all-platforms"],
      platform: flags.platform,
      hooksOf: (cluster) => hooksOf(cluster, file, flags["no-hooks"]),
    });
    await this.tell("info", importText(result));
    return result;
  }

  /** The cluster that the project's config file names. */
  async #projectCluster(): Promise<string | undefined> {
    const path = await configFileOr(undefined, (level, message) => this.tell(level, message));
    const { name, warnings } = await identityHere(path);
    for (const warning of warnings) await this.tell("warn", warning);
    return name;
  }

  protected override toJson({ nodes }: ImageImportResult): NodeImages[] {
    return nodes;
  }
}
