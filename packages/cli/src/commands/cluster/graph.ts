import {
  DEFAULT_CLUSTER_NAME,
  isMissing,
  K3dError,
  plannedGraph,
  type ClusterGraph,
} from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { assembleHere } from "../../config/assemble.js";
import { fileAsName, looksLikeFile } from "../../config/file-as-name.js";
import { configFileOr } from "../../config/project-file.js";
import { requireGraph } from "../../graph/observed.js";
import { draw, isPicture, PICTURES } from "../../graph/picture.js";

export default class ClusterGraphCommand extends K3dCommand<ClusterGraph> {
  static override summary = "Draw a cluster";
  static override description = `Draw a cluster as it runs, or as a config file describes it: ports of the host, load balancer, registries, nodes, networks, volumes and directories. Without a name the config file is K3D_CONFIG's, else the nearest .k3d.yaml here or above; without one of these it is the cluster ${DEFAULT_CLUSTER_NAME}.

cluster diff -o svg draws in colours what cluster apply would change.`;
  static override aliases = ["graph"];
  static override examples = [
    "<%= config.bin %> cluster graph demo -o svg > demo.svg",
    "<%= config.bin %> cluster graph -f k3d.yaml -o mermaid",
    "<%= config.bin %> cluster graph demo -o dot | dot -Tpng > demo.png",
  ];
  static override args = {
    cluster: Args.string({ description: "Name of an existing cluster" }),
  };
  static override flags = {
    file: Flags.string({
      char: "f",
      aliases: ["config"],
      charAliases: ["c"],
      summary: "Draw what this config file describes; - is standard input",
      helpValue: "FILE",
    }),
    output: Flags.option({
      char: "o",
      summary: "Language of the picture, or the graph as data",
      options: [...PICTURES, "json", "yaml"] as const,
      default: "mermaid",
    })(),
  };

  #picture = "";

  protected override async execute(): Promise<ClusterGraph> {
    const { args, flags } = await this.parse(ClusterGraphCommand);
    const graph = await this.#graph(args.cluster, flags.file);
    if (isPicture(flags.output)) this.#picture = await draw(graph, flags.output);
    return graph;
  }

  protected override render(): string {
    return this.#picture;
  }

  async #graph(cluster: string | undefined, file: string | undefined): Promise<ClusterGraph> {
    if (cluster !== undefined && file !== undefined) {
      throw new K3dError(
        "CONFLICTING_OPTIONS",
        "A cluster and a config file cannot be drawn at once",
        {
          hint: `Name one of them, or draw what differs with: k3d cluster diff ${cluster} --config ${file} -o svg`,
        },
      );
    }
    if (cluster === "") {
      throw new K3dError("INVALID_INPUT", "The name of the cluster is empty", {
        hint: "Name a cluster; see what there is with: k3d cluster list",
      });
    }
    const config =
      cluster === undefined
        ? await configFileOr(file, (level, message) => this.tell(level, message))
        : undefined;
    return config === undefined
      ? this.#observed(cluster ?? DEFAULT_CLUSTER_NAME)
      : this.#planned(config);
  }

  async #observed(name: string): Promise<ClusterGraph> {
    const { listing } = await this.services({ wanted: { clusters: [name] } });
    try {
      return await requireGraph(name, { listing, signal: this.signal });
    } catch (error) {
      throw looksLikeFile(name) && isMissing(error, "cluster") ? await fileAsName(name) : error;
    }
  }

  async #planned(file: string): Promise<ClusterGraph> {
    const { config, warnings } = await assembleHere({}, file);
    for (const warning of warnings) await this.tell("warn", warning);
    const { clusters } = await this.services({ configuredRuntime: config.options.runtime.name });
    const plan = await clusters.diff(config, { signal: this.signal });
    for (const warning of plan.warnings) await this.tell("warn", warning);
    return plannedGraph(plan.desired);
  }
}
