import {
  systemClock,
  type ClusterCreateResult,
  type ClusterPlan,
  type ResolvedConfig,
} from "@k3d/core";
import {
  K3dCommand,
  renderTable,
  repeated,
  type OutputFormat,
  type ServiceOptions,
} from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { assembleHere } from "../../config/assemble.js";
import { newestInChannel } from "../../config/release-channel.js";
import { readBundle } from "../../config/bundle-base.js";
import { snapshotBase } from "../../config/snapshot-base.js";
import type { WrittenBundle } from "../../dry-run/bundles.js";
import { configFile, configFileFlag, configFlags, createFlags } from "../../flags/create.js";
import { fromFlag } from "../../flags/snapshot.js";
import { machineServices, withMachinesKept } from "../../flags/machines.js";
import { parseCreateOutput, type CreateOutput } from "../../flags/create-output.js";
import { clusterJson, type ClusterJson } from "../../views/compatible.js";
import { createdText } from "../../views/created.js";
import { planJson, planTable } from "../../views/plan.js";

/** What `cluster create --json` prints. */
export type ClusterCreateJson = Omit<ClusterCreateResult, "cluster"> & { cluster: ClusterJson };

type Result =
  | { created: ClusterCreateResult; elapsedMs: number; tunnelled: boolean }
  | { plan: ClusterPlan }
  | { bundles: WrittenBundle[] };

export default class ClusterCreate extends K3dCommand<Result> {
  /** The cluster that is being made. */
  #cluster: string | undefined;

  static override summary = "Create a cluster";
  static override description = `Create a k3s cluster whose nodes are containers: servers, agents, and a load balancer in front of them.

FILTER says which nodes a value is for: GROUP[:SUBSET][:SUFFIX], several separated by semicolons. Groups are server, agent, loadbalancer and all; a subset is *, 0, 0,2, 1-3 or 2-; the suffix of a port is proxy or direct.

Whatever is made is undone when the creation fails or is interrupted, unless --no-rollback is given.`;
  static override examples = [
    { description: "One server", command: "<%= config.bin %> cluster create demo" },
    {
      description:
        "Three servers, two agents, and port 80 of the ingress on port 8080 of this host",
      command:
        "<%= config.bin %> cluster create demo --servers 3 --agents 2 -p 8080:80@loadbalancer",
    },
    {
      description: "Without Traefik, with a directory of this host in all nodes",
      command:
        "<%= config.bin %> cluster create demo --k3s-arg '--disable=traefik@server:*' -v $PWD:/src",
    },
    {
      description: "From a config file, under another name",
      command: "<%= config.bin %> cluster create other --config k3d.yaml",
    },
    {
      description: "From a snapshot",
      command: "<%= config.bin %> cluster create demo-2 --from before-upgrade",
    },
    {
      description: "See what would be made",
      command: "<%= config.bin %> cluster create demo --agents 1 --dry-run",
    },
    {
      description: "Write the planned nodes as OCI bundles",
      command: "<%= config.bin %> cluster create demo --dry-run -o oci --output bundles",
    },
  ];
  static override args = {
    name: Args.string({ description: "Name of the cluster (default: k3s-default)" }),
  };
  static override flags = {
    config: configFileFlag,
    ...configFlags,
    bundle: Flags.string({
      summary:
        "Take images, and the config file unless one is named, from this bundle; nothing is pulled for them",
      helpValue: "FILE",
    }),
    from: fromFlag,
    "dry-run": Flags.boolean({ summary: "Print what would be made, and make nothing" }),
    output: repeated({
      char: "o",
      summary:
        "Print the result in this format, json or yaml; oci with --dry-run and a directory as a second --output",
      helpValue: "FORMAT|DIR",
    }),
  };

  protected override async execute(): Promise<Result> {
    const started = systemClock.now();
    const { args, flags } = await this.parse(ClusterCreate);
    const output = parseCreateOutput(flags.output, flags["dry-run"]);
    const name = { name: args.name };
    const bundle =
      flags.bundle === undefined ? undefined : await readBundle(flags.bundle, this.signal);
    const { config, warnings } = await assembleHere(
      { ...createFlags(flags), ...name },
      configFile(flags.config),
      configFile(flags.config) === undefined ? bundle?.config : undefined,
      flags.from === undefined ? bundle?.base : await snapshotBase(flags.from),
    );
    for (const warning of warnings) await this.tell("warn", warning);
    const newest = await newestInChannel(config.image, this.signal);
    if (newest !== undefined) {
      await this.tell("info", `The newest release in channel ${config.image} is ${newest}`);
      config.image = newest;
    }
    const needed = {
      configuredRuntime: config.options.runtime.name,
      helperImages: bundle?.helperImages,
      ...machineServices(config),
    };
    if (flags["dry-run"]) return this.#review(config, output, needed);
    const { clusters, images, snapshots, runtime } = await this.services(needed);
    if (bundle !== undefined) {
      await bundle.loadInto(runtime);
      await this.tell("info", `Loaded ${bundle.images} images of ${flags.bundle}`);
    }
    this.undoesWhenInterrupted = !config.options.k3d.disableRollback;
    this.#cluster = config.metadata.name;
    const { signal } = this;
    const created = await withMachinesKept(config, () =>
      flags.from === undefined
        ? clusters.create(config, { signal })
        : snapshots.restore(flags.from, config, { signal }),
    );
    if (bundle !== undefined && bundle.workload.length > 0)
      await images.import([created.cluster.name], bundle.workload, { signal });
    const elapsedMs = systemClock.now() - started;
    return { created, elapsedMs, tunnelled: config.options.k3d.tunnel };
  }

  protected override leftovers(): string | undefined {
    return this.#cluster === undefined
      ? undefined
      : `cluster ${this.#cluster} may be left, remove it with: ${this.config.bin} cluster delete ${this.#cluster}`;
  }

  async #review(
    config: ResolvedConfig,
    { directory }: CreateOutput,
    needed: ServiceOptions,
  ): Promise<Result> {
    const { signal } = this;
    const { clusters, runtime } = await this.services(needed);
    const plan = await clusters.plan(config, { signal });
    for (const warning of plan.warnings) await this.tell("warn", warning);
    if (directory === undefined) return { plan };
    const { writeBundles } = await import("../../dry-run/bundles.js");
    return { bundles: await writeBundles(plan.desired, runtime, directory, signal) };
  }

  protected override formatOf(output: unknown): OutputFormat | undefined {
    return parseCreateOutput(output as string[] | undefined, true).format;
  }

  protected override render(result: Result): string {
    if ("plan" in result) return planTable(result.plan);
    if ("created" in result) {
      const { created, elapsedMs, tunnelled } = result;
      return createdText(this.config.bin, created, elapsedMs, tunnelled);
    }
    const rows = result.bundles.map(({ node, path, image, imageConfig }) => [
      node,
      path,
      image,
      imageConfig === "image" ? "as it says" : "not here: assumed",
    ]);
    return renderTable(["NODE", "BUNDLE", "IMAGE", "IMAGE CONFIG"], rows);
  }

  protected override toJson(result: Result): unknown {
    if ("plan" in result) return planJson(result.plan);
    if ("bundles" in result) return result.bundles;
    const { cluster, ...rest } = result.created;
    return { cluster: clusterJson(cluster), ...rest } satisfies ClusterCreateJson;
  }
}
