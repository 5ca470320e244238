import {
  DEFAULT_CLUSTER_NAME,
  formatLabel,
  parseMemorySize,
  parseUlimit,
  parseNodeLabel,
  parseRuntimeLabel,
  type NodeCreateRequest,
  type NodeView,
} from "@k3d/core";
import { K3dCommand, count, list, nodeJson, repeated, type NodeJson } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { waitForFlags, waitForOptions } from "../../flags/wait-for.js";

export default class NodeCreate extends K3dCommand<NodeView[]> {
  static override summary = "Add nodes to a cluster";
  static override description = `Add servers or agents to a cluster of k3d's, or to one elsewhere that is named by its https:// URL. They get the cluster's image, proxy, host names and registries. The nodes of NAME are k3d-NAME-0, k3d-NAME-1 and so on.`;
  static override examples = [
    "<%= config.bin %> node create more --cluster demo --replicas 2",
    {
      description: "A server, for a cluster of several",
      command: "<%= config.bin %> node create third --cluster demo --role server",
    },
    {
      description: "For a cluster elsewhere",
      command:
        "<%= config.bin %> node create worker --cluster https://10.0.0.5:6443 --token SECRET --network host",
    },
  ];
  static override args = {
    name: Args.string({ description: "First part of the nodes' names", required: true }),
  };
  static override flags = {
    ...waitForFlags,
    cluster: Flags.string({
      char: "c",
      summary: "Cluster, or the https:// URL of one elsewhere",
      helpValue: "NAME|URL",
      default: DEFAULT_CLUSTER_NAME,
    }),
    role: Flags.option({
      summary: "Role of the nodes",
      options: ["agent", "server"] as const,
      default: "agent" as const,
    })(),
    replicas: count({ summary: "How many nodes (default: 1)", min: 1 }),
    image: Flags.string({
      char: "i",
      summary: "k3s image (default: the cluster's)",
      helpValue: "IMAGE",
    }),
    machine: Flags.string({
      summary:
        "Machine for them, in a cluster over several (default: the one with the fewest nodes)",
      helpValue: "NAME",
    }),
    memory: Flags.string({ summary: "Memory limit of each node", helpValue: "SIZE" }),
    network: list({ char: "n", summary: "Another network to join", helpValue: "NAME" }),
    token: Flags.string({
      char: "t",
      summary: "Token of the cluster (default: read from the cluster)",
      helpValue: "TOKEN",
    }),
    "k3s-arg": repeated({ summary: "Argument for k3s", helpValue: "ARG" }),
    "k3s-node-label": list({
      summary: "Label of the Kubernetes nodes",
      helpValue: "KEY=VALUE",
    }),
    "runtime-label": list({ summary: "Label of the containers", helpValue: "KEY=VALUE" }),
    "runtime-ulimit": list({
      summary: "Limit of the containers",
      helpValue: "NAME=SOFT[:HARD]",
    }),
  };

  protected override async execute(): Promise<NodeView[]> {
    const { args, flags } = await this.parse(NodeCreate);
    const elsewhere = flags.cluster.startsWith("https://");
    const { nodes } = await this.services(
      elsewhere ? {} : { wanted: { clusters: [flags.cluster] } },
    );
    const request: NodeCreateRequest = {
      name: args.name,
      cluster: flags.cluster,
      role: flags.role,
      replicas: flags.replicas ?? 1,
      ...(flags.image ? { image: flags.image } : {}),
      ...(flags.memory ? { memory: parseMemorySize(flags.memory) } : {}),
      machine: flags.machine,
      networks: flags.network ?? [],
      ...(flags.token ? { token: flags.token } : {}),
      k3sArgs: flags["k3s-arg"] ?? [],
      k3sNodeLabels: (flags["k3s-node-label"] ?? []).map((text) =>
        formatLabel(parseNodeLabel(text)),
      ),
      runtimeLabels: Object.fromEntries(
        (flags["runtime-label"] ?? []).map((text) => {
          const { key, value } = parseRuntimeLabel(text);
          return [key, value];
        }),
      ),
      rlimits: (flags["runtime-ulimit"] ?? []).map((text) => {
        const { name, soft, hard } = parseUlimit(text);
        return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
      }),
    };
    this.undoesWhenInterrupted = true;
    const made = await nodes.create(request, { ...waitForOptions(flags), signal: this.signal });
    for (const { name } of made) await this.tell("info", `Added ${flags.role} ${name}`);
    return made;
  }

  protected override toJson(nodes: NodeView[]): NodeJson[] {
    return nodes.map((node) => nodeJson(node));
  }
}
