import { byName, type DetailedNode } from "@k3d/core";
import { nodeJson, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { ListCommand, watchedListFlags } from "../../listing/list-command.js";
import { pick } from "../../views/lookup.js";
import { nodeTable } from "../../views/tables.js";

export default class NodeList extends ListCommand<DetailedNode> {
  static override summary = "List nodes";
  static override description = `List all nodes, or those named, over all container runtimes that answer, unless one is named: servers, agents, load balancers and registries, with the state of their containers.

On a terminal that is too narrow columns are left out; -o wide prints all.`;
  static override aliases = ["node:ls", "node:get"];
  static override examples = [
    "<%= config.bin %> node list",
    "<%= config.bin %> node list --cluster demo -o wide",
  ];
  static override args = {
    name: Args.string({ description: "Nodes to list (default: all)", multiple: true }),
  };
  static override flags = {
    ...watchedListFlags,
    cluster: Flags.string({
      char: "c",
      summary: "List the nodes of this cluster only",
      helpValue: "NAME",
    }),
  };

  protected override async execute(): Promise<DetailedNode[]> {
    const { args, flags } = await this.parse(NodeList);
    const { listing } = await this.services();
    const options = {
      everywhere: this.everywhere(flags),
      details: this.detailed,
      signal: this.signal,
    };
    const look = async (): Promise<DetailedNode[]> => {
      const all = await listing.nodes(options);
      return select(all, flags.cluster, args.name ?? [], flags.watch);
    };
    return this.show(look, flags);
  }

  protected override table(
    nodes: DetailedNode[],
    options: { headers: boolean; wide: boolean },
  ): string {
    const width = options.wide ? undefined : this.width;
    return nodeTable(nodes, { ...options, width, now: new Date() });
  }

  protected override toJson(nodes: DetailedNode[]): NodeJson[] {
    return nodes.map((node) => nodeJson(node));
  }
}

/** The named ones; with `lenient` those of them that there are. */
function select(
  all: readonly DetailedNode[],
  cluster: string | undefined,
  names: readonly string[],
  lenient: boolean,
): DetailedNode[] {
  const nodes = cluster === undefined ? all : all.filter((node) => node.cluster === cluster);
  if (lenient) {
    return names.length === 0
      ? [...nodes]
      : [...new Set(names.flatMap((name) => byName(name, nodes) ?? []))];
  }
  if (cluster !== undefined) {
    const clusters = all.flatMap((node) => node.cluster ?? []);
    pick(
      [...new Set(clusters)].map((name) => ({ name })),
      [cluster],
      "cluster",
    );
  }
  return pick(nodes, names, "node");
}
