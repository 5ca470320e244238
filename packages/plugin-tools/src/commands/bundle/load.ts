import { loadBundle, pushBundle, type BundleContents } from "@k3d/core";
import { freeBuffersEarly, K3dCommand, list, outputFlag, renderTable } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import * as Args from "@oclif/core/args";
import { uploadTarget } from "../../build/registry-name.js";
import { bundleJson, bundleTable, type BundleJson } from "../../views/bundle.js";

interface LoadedBundle {
  contents: BundleContents;
  /** The names by which pods ask the registry, by those in the bundle. */
  inRegistry?: ReadonlyMap<string, string>;
}

/** What `bundle load --json` prints. */
export interface LoadedBundleJson extends BundleJson {
  /** The names by which pods ask the registry, by those in the bundle; with `--registry`. */
  inRegistry?: Record<string, string>;
}

export default class BundleLoad extends K3dCommand<LoadedBundle> {
  static override summary = "Load the images of a bundle";
  static override description =
    "Check a bundle, and bring its images into the container engine; with --cluster those for its workloads also into its nodes, with --registry into one of k3d's registries; the names that pods use for them are printed.";
  static override examples = [
    "<%= config.bin %> bundle load demo.tar",
    "<%= config.bin %> bundle load demo.tar --cluster demo",
    "<%= config.bin %> bundle load demo.tar --registry dev",
  ];
  static override args = { file: Args.string({ description: "The bundle", required: true }) };
  static override flags = {
    cluster: list({
      char: "c",
      summary: "Cluster to import into; can be repeated",
      helpValue: "NAME",
    }),
    registry: Flags.string({
      char: "r",
      summary: "Registry to upload into, one that k3d made without TLS and login",
      helpValue: "NAME",
    }),
    output: outputFlag,
  };

  protected override async execute(): Promise<LoadedBundle> {
    const { args, flags } = await this.parse(BundleLoad);
    freeBuffersEarly();
    const { signal } = this;
    const clusters = [...new Set(flags.cluster)];
    const {
      runtime,
      images,
      clusters: known,
      registries,
    } = await this.services(clusters.length === 0 ? {} : { wanted: { clusters } });
    for (const name of clusters) await known.get(name, { signal });
    const target =
      flags.registry === undefined
        ? undefined
        : uploadTarget(flags.registry, await registries.list({ signal }));
    const contents = await loadBundle(runtime, args.file, signal);
    const workload = contents.images.filter(({ role }) => role === "workload");
    if (clusters.length > 0 && workload.length > 0) {
      const sources = workload.map(
        ({ name: reference }) => ({ kind: "image", reference }) as const,
      );
      await images.import(clusters, sources, { signal });
    }
    if (target === undefined) return { contents };
    const pushed = await pushBundle(args.file, { images: workload }, target.origin, signal);
    return {
      contents,
      inRegistry: new Map([...pushed].map(([name, path]) => [name, `${target.inCluster}/${path}`])),
    };
  }

  protected override render({ contents, inRegistry }: LoadedBundle): string {
    const names = [...(inRegistry ?? [])];
    const table = bundleTable(contents, true);
    if (names.length === 0) return table;
    return `${table}\n\n${renderTable(["IMAGE", "FOR PODS"], names)}`;
  }

  protected override toJson({ contents, inRegistry }: LoadedBundle): LoadedBundleJson {
    return {
      ...bundleJson(contents),
      ...(inRegistry === undefined ? {} : { inRegistry: Object.fromEntries(inRegistry) }),
    };
  }
}
