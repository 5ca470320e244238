import { K3dError, type NodeView } from "@k3d/core";
import { K3dCommand, nodeJson, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

export default class NodeDelete extends K3dCommand<NodeView[]> {
  static override summary = "Remove nodes";
  static override description = `Remove nodes from their clusters: the container, the Kubernetes node and its password, so that a node of the same name can come back. The last server of a cluster stays; delete the cluster instead.`;
  static override aliases = ["node:del", "node:rm"];
  static override examples = [
    "<%= config.bin %> node delete k3d-more-0",
    "<%= config.bin %> node delete k3d-demo-agent-1 --drain",
  ];
  static override args = {
    name: Args.string({ description: "Names of nodes", multiple: true }),
  };
  static override flags = {
    all: Flags.boolean({
      char: "a",
      summary: "Remove all nodes of all clusters, and with them the clusters",
    }),
    registries: Flags.boolean({ char: "r", summary: "With --all: also registries" }),
    drain: Flags.boolean({ summary: "Move the pods elsewhere first" }),
  };

  protected override async execute(): Promise<NodeView[]> {
    const { args, flags } = await this.parse(NodeDelete);
    const names = args.name ?? [];
    if (flags.all && names.length > 0) {
      throw new K3dError("CONFLICTING_OPTIONS", "Node names and --all exclude each other", {
        hint: "Leave out --all to remove only the nodes that you name.",
      });
    }
    if (!flags.all && names.length === 0) {
      throw new K3dError("INVALID_INPUT", "No node is named", {
        hint: "Name nodes, or use --all. See what there is with: k3d node list",
      });
    }
    const { signal } = this;
    const services = await this.services(flags.all ? {} : { wanted: { nodes: names } });
    const { nodes } = services;
    if (!flags.all) {
      const gone = await nodes.delete(names, { signal, drain: flags.drain });
      for (const { name } of gone) await this.tell("info", `Removed node ${name}`);
      return gone;
    }
    const all = await nodes.list({ signal });
    for (const { name } of await services.clusters.list({ signal })) {
      await services.clusters.delete(name, { signal });
      await this.tell("info", `Deleted cluster ${name}`);
    }
    const alone = (await nodes.list({ signal })).filter(
      ({ role }) => role !== "registry" || flags.registries,
    );
    await nodes.delete(
      alone.map(({ name }) => name),
      { signal },
    );
    const left = new Set((await nodes.list({ signal })).map(({ name }) => name));
    return all.filter(({ name }) => !left.has(name));
  }

  protected override toJson(nodes: NodeView[]): NodeJson[] {
    return nodes.map((node) => nodeJson(node));
  }
}
