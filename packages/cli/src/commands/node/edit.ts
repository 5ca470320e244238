import { K3dError, type NodeView } from "@k3d/core";
import { K3dCommand, nodeJson, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import { portEditFlags } from "../../flags/edit-cluster.js";
import { waitForFlags, waitForOptions } from "../../flags/wait-for.js";

export default class NodeEdit extends K3dCommand<NodeView> {
  static override summary = "Change the ports of a node";
  static override aliases = ["node:update"];
  static override description = `Publish ports of a node, or stop publishing them. On a load balancer they lead to all nodes of the cluster, on a server or agent to that node only. The container is replaced; name, address and data stay.`;
  static override examples = ["<%= config.bin %> node edit k3d-demo-serverlb --port-add 8080:80"];
  static override args = {
    name: Args.string({ description: "Name of the node", required: true }),
  };
  static override flags = { ...portEditFlags, ...waitForFlags };

  protected override async execute(): Promise<NodeView> {
    const { args, flags } = await this.parse(NodeEdit);
    const portAdd = flags["port-add"] ?? [];
    const portDelete = flags["port-delete"] ?? [];
    if (portAdd.length + portDelete.length === 0) {
      throw new K3dError("INVALID_INPUT", "No change was asked for", {
        hint: "Name one with --port-add or --port-delete.",
      });
    }
    const { nodes } = await this.services({ wanted: { nodes: [args.name] } });
    this.undoesWhenInterrupted = true;
    const options = { ...waitForOptions(flags), signal: this.signal };
    const node = await nodes.edit(args.name, { portAdd, portDelete }, options);
    await this.tell("info", `Changed node ${node.name}`);
    return node;
  }

  protected override leftovers(): string | undefined {
    return this.halfReplaced();
  }

  protected override toJson(node: NodeView): NodeJson {
    return nodeJson(node);
  }
}
