import { DEFAULT_CLUSTER_NAME, K3dError, type NodeImages } from "@k3d/core";
import { freeBuffersEarly, K3dCommand, list } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

export default class ToolsImportImages extends K3dCommand<NodeImages[]> {
  static override summary = "Import images through the image volume";
  static override description =
    "Copy images of the container engine into clusters' nodes through one archive in the image volume. This is image import --mode tools-node by an older name; image import also reads archives.";
  static override examples = ["<%= config.bin %> tools import-images app:dev --cluster demo"];
  static override args = {
    image: Args.string({ description: "Images of the engine", multiple: true }),
  };
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to import into (default: k3s-default); can be repeated",
      helpValue: "NAME",
    }),
    "keep-tarball": Flags.boolean({
      char: "k",
      summary: "Keep the archive in the image volume",
      default: false,
    }),
    image: Flags.string({
      summary: "Has no effect: there is no tools container",
      helpValue: "IMAGE",
    }),
  };

  protected override async execute(): Promise<NodeImages[]> {
    const { args, flags } = await this.parse(ToolsImportImages);
    freeBuffersEarly();
    if (!args.image?.length) {
      throw new K3dError("INVALID_INPUT", "No image is named", {
        hint: "Name images, e.g. k3d tools import-images app:dev --cluster demo",
      });
    }
    if (flags.image !== undefined) {
      await this.tell("warn", "--image has no effect: there is no tools container");
    }
    const clusters = flags.cluster?.length ? [...new Set(flags.cluster)] : [DEFAULT_CLUSTER_NAME];
    const { images } = await this.services({ wanted: { clusters } });
    const sources = [...new Set(args.image)].map((reference) => ({
      kind: "image" as const,
      reference,
    }));
    const { nodes } = await images.import(clusters, sources, {
      signal: this.signal,
      mode: "tools-node",
      keepTarball: flags["keep-tarball"],
    });
    return nodes;
  }

  protected override render(nodes: NodeImages[]): string {
    const imported = new Set(nodes.flatMap((node) => node.imported));
    const present = new Set(nodes.flatMap((node) => node.present));
    const done = imported.size === 0 ? "Nothing to import" : `Imported ${[...imported].join(", ")}`;
    const there = [...present].filter((name) => !imported.has(name));
    return there.length === 0 ? done : `${done}; already there: ${there.join(", ")}`;
  }
}
