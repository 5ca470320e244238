import { inspectBundle, type BundleContents } from "@k3d/core";
import { K3dCommand, outputFlag } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { bundleJson, bundleTable, type BundleJson } from "../../views/bundle.js";

export default class BundleInspect extends K3dCommand<BundleContents> {
  static override summary = "Show what a bundle holds, and check it";
  static override description =
    "Read all of a bundle, compare every file with its digest, and list its images. No container engine is needed.";
  static override examples = ["<%= config.bin %> bundle inspect demo.tar"];
  static override args = { file: Args.string({ description: "The bundle", required: true }) };
  static override flags = { output: outputFlag };

  protected override async execute(): Promise<BundleContents> {
    const { args } = await this.parse(BundleInspect);
    return inspectBundle(args.file, this.signal);
  }

  protected override render(contents: BundleContents): string {
    return bundleTable(contents, true);
  }

  protected override toJson(contents: BundleContents): BundleJson {
    return bundleJson(contents);
  }
}
