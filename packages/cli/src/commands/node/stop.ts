import type { NodeView } from "@k3d/core";
import { K3dCommand, nodeJson, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

export default class NodeStop extends K3dCommand<NodeView[]> {
  static override summary = "Stop nodes";
  static override description = "Stop nodes; the load balancer skips stopped servers.";
  static override examples = ["<%= config.bin %> node stop k3d-demo-agent-0"];
  static override args = {
    name: Args.string({ description: "Names of nodes", multiple: true, required: true }),
  };

  protected override async execute(): Promise<NodeView[]> {
    const { args } = await this.parse(NodeStop);
    const { nodes } = await this.services({ wanted: { nodes: args.name } });
    const { signal } = this;
    const result: NodeView[] = [];
    for (const name of new Set(args.name)) {
      const before = await nodes.get(name, { signal });
      result.push(await nodes.stop(name, { signal }));
      const already = before.status === "stopped";
      await this.tell("info", already ? `Node ${name} is already stopped` : `Stopped node ${name}`);
    }
    return result;
  }

  protected override toJson(nodes: NodeView[]): NodeJson[] {
    return nodes.map((node) => nodeJson(node));
  }
}
