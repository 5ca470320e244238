import { DEFAULT_CLUSTER_NAME, fullImageReference, type NodeImages } from "@k3d/core";
import { freeBuffersEarly, K3dCommand, list, repeated } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { buildArguments, type BuildRequest, BUILDERS, findBuilder } from "../../build/builders.js";
import { withBuiltImage } from "../../build/built-image.js";
import { pushTarget } from "../../build/registry-name.js";
import { show } from "../../build/run.js";

/** What `image build --json` prints. */
export interface ImageBuildResult {
  /** Name by which pods ask for the image. */
  image: string;
  /** The program that built it. */
  builder: string;
  /** What each node got; absent when it was pushed to a registry. */
  nodes?: NodeImages[];
}

export default class ImageBuild extends K3dCommand<ImageBuildResult> {
  static override summary = "Build an image and import it into clusters";
  static override description = `Build an image with docker (BuildKit where buildx is there), podman or buildah, and import it into every server and agent; layers that a node has are not sent. With --push it goes to the clusters' registry instead.

The builder's output is shown as it comes. What follows -- is passed to the builder.`;
  static override aliases = ["tools:build", "images:build"];
  static override examples = [
    "<%= config.bin %> image build . --tag app:dev --cluster demo",
    "<%= config.bin %> image build . -t app:dev -c demo --build-arg VERSION=2 --secret id=npm,src=.npmrc",
    "<%= config.bin %> image build . -t app:dev -c demo --push",
    "<%= config.bin %> image build . -t app:dev -- --label team=web",
  ];
  static override args = {
    context: Args.string({ description: "Directory to build, or a URL", required: true }),
    option: Args.string({ description: "Options for the builder, after --", multiple: true }),
  };
  static override flags = {
    tag: Flags.string({
      char: "t",
      summary: "Name of the image",
      helpValue: "NAME",
      required: true,
    }),
    cluster: list({
      char: "c",
      summary: "Cluster to import into (default: k3s-default); can be repeated",
      helpValue: "NAME",
    }),
    file: Flags.string({ char: "f", summary: "Dockerfile", helpValue: "PATH" }),
    target: Flags.string({ summary: "Stage to build", helpValue: "STAGE" }),
    platform: Flags.string({ summary: "Platform to build for", helpValue: "OS/ARCH" }),
    "build-arg": repeated({ summary: "Build argument", helpValue: "KEY=VALUE" }),
    secret: repeated({ summary: "Secret for the build", helpValue: "id=ID,src=PATH" }),
    "no-cache": Flags.boolean({ summary: "Build every layer again", default: false }),
    pull: Flags.boolean({ summary: "Look for newer base images", default: false }),
    push: Flags.boolean({ summary: "Push to the clusters' registry instead", default: false }),
    builder: Flags.option({
      summary: "Builder to use (default: the first that is available)",
      options: BUILDERS,
    })(),
  };

  protected override async execute(): Promise<ImageBuildResult> {
    const { args, flags } = await this.parse(ImageBuild);
    freeBuffersEarly();
    const { signal } = this;
    const clusters = flags.cluster?.length ? [...new Set(flags.cluster)] : [DEFAULT_CLUSTER_NAME];
    const { images, registries, clusters: known } = await this.services({ wanted: { clusters } });
    // A cluster that is not there is told before the build, not after it.
    for (const name of clusters) await known.get(name, { signal });
    const target = flags.push
      ? pushTarget(flags.tag, await registries.list({ signal }), clusters)
      : undefined;
    const tag = fullImageReference(target?.pushed ?? flags.tag);
    const request: BuildRequest = {
      context: args.context,
      tag,
      file: flags.file,
      target: flags.target,
      platform: flags.platform,
      buildArgs: flags["build-arg"] ?? [],
      secrets: flags.secret ?? [],
      noCache: flags["no-cache"],
      pull: flags.pull,
      options: args.option ?? [],
    };
    const builder = await findBuilder(flags.builder, request, signal);
    await show(builder.name, buildArguments(builder, request), signal);
    if (target !== undefined) {
      await show(builder.name, builder.push(tag), signal);
      return { image: target.inCluster, builder: builder.name };
    }
    const { nodes } = await withBuiltImage(builder, tag, signal, (source) =>
      images.import(clusters, [source], {
        signal,
        platform: flags.platform,
      }),
    );
    return { image: tag, builder: builder.name, nodes };
  }

  protected override render({ image, builder, nodes }: ImageBuildResult): string {
    const done = nodes === undefined ? "pushed" : `imported into ${nodes.length} nodes`;
    return `Built ${image} with ${builder}, and ${done}`;
  }
}
