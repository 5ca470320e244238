import { basename } from "node:path";
import {
  assembleConfig,
  createBundle,
  fullImageReference,
  notRead,
  readStream,
  readText,
  type BundleContents,
} from "@k3d/core";
import { freeBuffersEarly, K3dCommand, repeated } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";
import { bundleJson, bundleTable, type BundleJson } from "../../views/bundle.js";

export default class BundleCreate extends K3dCommand<BundleContents> {
  static override summary = "Write a cluster's images and config file into one file";
  static override description =
    "Write what a cluster needs into one file: its config file, the images of its nodes, load balancer and registry, and images of your choice for its workloads. The file is an OCI image layout in a tar, which other tools read too. Images that the engine lacks are pulled.";
  static override examples = [
    "<%= config.bin %> bundle create --config k3d.yaml --output demo.tar --image app:1 --image rancher/mirrored-pause:3.6",
  ];
  static override flags = {
    config: Flags.string({ char: "c", summary: "Config file of the cluster", helpValue: "PATH" }),
    file: Flags.string({ char: "f", summary: "The same as --config", helpValue: "PATH" }),
    output: Flags.string({
      char: "o",
      summary: "File to write",
      helpValue: "FILE",
      required: true,
    }),
    image: repeated({ summary: "Image for workloads in the cluster", helpValue: "IMAGE" }),
  };

  protected override async execute(): Promise<BundleContents> {
    const { flags } = await this.parse(BundleCreate);
    freeBuffersEarly();
    const { signal } = this;
    const path = flags.config ?? flags.file;
    const content = path === undefined ? undefined : await contentOf(path, signal);
    const { config, warnings } = await assembleConfig({
      flags: {},
      configPath: path,
      environment: process.env,
      workingDirectory: process.cwd(),
      readFile: (name) => readText(name, signal),
      readStdin: async () => content ?? "",
    });
    for (const warning of warnings) await this.tell("warn", warning);
    const { clusters, runtime } = await this.services({
      configuredRuntime: config.options.runtime.name,
    });
    const { desired } = await clusters.diff(config, { signal });
    const { images, nodes } = desired;
    const roles = new Map<string, string>();
    for (const { reference, usedBy } of images) {
      const role = nodes.find(({ name }) => usedBy.includes(name))?.role ?? "registry";
      roles.set(fullImageReference(reference), role === "loadbalancer" ? role : nodeRole(role));
    }
    for (const reference of flags.image ?? []) {
      const name = fullImageReference(reference);
      if (!roles.has(name)) roles.set(name, "workload");
    }
    return createBundle(
      runtime,
      {
        images: roles,
        path: flags.output,
        ...(content === undefined || path === undefined
          ? {}
          : { config: { file: path === "-" ? "k3d.yaml" : basename(path), text: content } }),
      },
      signal,
    );
  }

  protected override formatOf(): undefined {}

  protected override render(contents: BundleContents): string {
    return bundleTable(contents, true);
  }

  protected override toJson(contents: BundleContents): BundleJson {
    return bundleJson(contents);
  }
}

function nodeRole(role: string): string {
  return role === "server" || role === "agent" ? "node" : role;
}

/** Read once: standard input has it only once. */
async function contentOf(path: string, signal: AbortSignal): Promise<string> {
  const what = path === "-" ? "Standard input" : `Config file ${path}`;
  try {
    return await (path === "-" ? readStream(process.stdin) : readText(path, signal));
  } catch (error) {
    throw notRead(what, error, path === "-" ? { hint: "Write a config file to it." } : {});
  }
}
