import { loadBundle, type BundleContents } from "@k3d/core";
import { freeBuffersEarly, K3dCommand, list, outputFlag } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { bundleJson, bundleTable, type BundleJson } from "../../views/bundle.js";

export default class BundleLoad extends K3dCommand<BundleContents> {
  static override summary = "Load the images of a bundle";
  static override description =
    "Check a bundle, and bring its images into the container engine; with --cluster those for what runs in a cluster also into its nodes.";
  static override examples = [
    "<%= config.bin %> bundle load demo.tar",
    "<%= config.bin %> bundle load demo.tar --cluster demo",
  ];
  static override args = { file: Args.string({ description: "The bundle", required: true }) };
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to import into; may be given several times",
      helpValue: "NAME",
    }),
    output: outputFlag,
  };

  protected override async execute(): Promise<BundleContents> {
    const { args, flags } = await this.parse(BundleLoad);
    freeBuffersEarly();
    const { signal } = this;
    const clusters = [...new Set(flags.cluster)];
    const {
      runtime,
      images,
      clusters: known,
    } = await this.services(clusters.length === 0 ? {} : { wanted: { clusters } });
    for (const name of clusters) await known.get(name, { signal });
    const contents = await loadBundle(runtime, args.file, signal);
    const workload = contents.images.filter(({ role }) => role === "workload");
    if (clusters.length > 0 && workload.length > 0) {
      const sources = workload.map(
        ({ name: reference }) => ({ kind: "image", reference }) as const,
      );
      await images.import(clusters, sources, { signal });
    }
    return contents;
  }

  protected override render(contents: BundleContents): string {
    return bundleTable(contents, true);
  }

  protected override toJson(contents: BundleContents): BundleJson {
    return bundleJson(contents);
  }
}
