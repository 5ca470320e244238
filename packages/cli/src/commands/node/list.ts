import type { NodeView } from "@k3d/core";
import { K3dCommand, listFlags, nodeJson, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { pick } from "../../views/lookup.js";
import { nodeTable } from "../../views/tables.js";

export default class NodeList extends K3dCommand<NodeView[]> {
  static override summary = "List nodes";
  static override description =
    "List all nodes, or those named: servers, agents, load balancers and registries, with the state of their containers.";
  static override aliases = ["node:ls", "node:get"];
  static override examples = [
    "<%= config.bin %> node list",
    "<%= config.bin %> node list --cluster demo -o wide",
  ];
  static override args = {
    name: Args.string({ description: "Nodes to list (default: all)", multiple: true }),
  };
  static override flags = {
    ...listFlags,
    cluster: Flags.string({
      char: "c",
      summary: "List the nodes of this cluster only",
      helpValue: "NAME",
    }),
  };

  #headers = true;

  protected override async execute(): Promise<NodeView[]> {
    const { args, flags } = await this.parse(NodeList);
    this.#headers = !flags["no-headers"];
    const { clusters, nodes } = await this.services();
    const { signal } = this;
    const { cluster } = flags;
    if (cluster === undefined) return pick(await nodes.list({ signal }), args.name ?? [], "node");
    pick(await clusters.list({ signal }), [cluster], "cluster");
    return pick(await nodes.list({ signal, cluster }), args.name ?? [], "node");
  }

  protected override render(nodes: NodeView[], format: "text" | "wide"): string {
    return nodeTable(nodes, { headers: this.#headers, wide: format === "wide" }, new Date());
  }

  protected override toJson(nodes: NodeView[]): NodeJson[] {
    return nodes.map((node) => nodeJson(node));
  }
}
