import type { NodeView } from "@k3d/core";
import { K3dCommand, waitFlags, waitOptions, nodeJson, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";

export default class NodeStart extends K3dCommand<NodeView[]> {
  static override summary = "Start stopped nodes";
  static override description = "Start nodes and wait until they are ready.";
  static override examples = ["<%= config.bin %> node start k3d-demo-agent-0"];
  static override args = {
    name: Args.string({ description: "Names of nodes", multiple: true, required: true }),
  };
  static override flags = waitFlags;

  protected override async execute(): Promise<NodeView[]> {
    const { args, flags } = await this.parse(NodeStart);
    const { nodes } = await this.services({ wanted: { nodes: args.name } });
    const { signal } = this;
    const result: NodeView[] = [];
    for (const name of new Set(args.name)) {
      const before = await nodes.get(name, { signal });
      result.push(await nodes.start(name, { ...waitOptions(flags), signal }));
      const already = before.status === "running";
      await this.tell("info", already ? `Node ${name} is already running` : `Started node ${name}`);
    }
    return result;
  }

  protected override toJson(nodes: NodeView[]): NodeJson[] {
    return nodes.map((node) => nodeJson(node));
  }
}
