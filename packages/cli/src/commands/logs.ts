import {
  byName,
  K3dError,
  nearest,
  nodeLogs,
  runsK3s,
  systemClock,
  type K3dServices,
  type NodeView,
} from "@k3d/core";
import { count, K3dCommand } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import { parseSince } from "../logs/since.js";
import { printLogs } from "../logs/print.js";

export default class Logs extends K3dCommand<undefined> {
  static override summary = "Print the logs of a cluster's nodes";
  static override description = `Print the logs of a node, or of all nodes of a cluster at once: in the order of time, each line after the name of its node. --timestamps adds the time of each line; with --json a line is an object.`;
  static override aliases = ["cluster:logs", "node:logs"];
  static override examples = [
    "<%= config.bin %> logs demo --follow",
    "<%= config.bin %> logs k3d-demo-server-0 --since 10m --timestamps",
    {
      description: "The last lines of each node",
      command: "<%= config.bin %> logs demo --tail 20",
    },
  ];
  static override args = {
    name: Args.string({ description: "Name of a cluster or of a node", required: true }),
  };
  static override flags = {
    follow: Flags.boolean({ char: "f", summary: "Keep printing new lines, until Ctrl-C" }),
    since: Flags.string({
      summary: "Only lines since this time, or from the last e.g. 10m",
      helpValue: "TIME",
    }),
    tail: count({ summary: "Only this many last lines of each node" }),
  };

  protected override async execute(): Promise<undefined> {
    const { args, flags } = await this.parse(Logs);
    const since = flags.since === undefined ? undefined : parseSince(flags.since, new Date());
    const { name } = args;
    this.endsByInterrupt = flags.follow;
    this.printsItself = true;
    const services = await this.services({ wanted: { clusters: [name], nodes: [name] } });
    const nodes = await nodesOf(name, services, this.signal);
    const { signal } = this;
    const deps = { runtime: services.runtime, clock: systemClock };
    const { follow, tail } = flags;
    await printLogs(nodeLogs(deps, nodes, { follow, since, tail, signal }), {
      names: nodes.map((node) => node.name),
      timestamps: flags.timestamps,
      json: this.format === "json",
      stream: process.stdout,
      env: process.env,
      signal,
    });
    return undefined;
  }
}

/** The nodes of the cluster of this name, else the node of this name. */
async function nodesOf(
  name: string,
  { clusters, nodes }: Pick<K3dServices, "clusters" | "nodes">,
  signal: AbortSignal,
): Promise<NodeView[]> {
  const all = await clusters.list({ signal });
  const cluster = byName(name, all);
  if (cluster !== undefined) return cluster.nodes.filter(isOwn);
  const every = await nodes.list({ signal });
  const node = byName(name, every);
  if (node !== undefined) return [node];
  const known = [...all, ...every].map((one) => one.name);
  const meant = nearest(name, known);
  throw new K3dError("NOT_FOUND", `Cluster or node '${name}' does not exist`, {
    hint: `${meant === undefined ? "" : `Did you mean '${meant}'? `}See what there is with: k3d node list`,
  });
}

/** A registry of the cluster is asked for by its own name. */
const isOwn = (node: NodeView): boolean => runsK3s(node) || node.role === "loadbalancer";
