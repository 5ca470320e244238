import { K3dError } from "../errors/index.js";
import type { SelectableNode } from "../filters/index.js";
import { loadBalancerName, nodeName } from "../model/index.js";
import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";

/** More nodes than any machine carries; beyond it a number is surely a slip. */
export const MAX_NODES = 500;

export interface Skeleton {
  nodes: SelectableNode[];
  /** Servers and agents. */
  k3sNodes: number;
  loadBalancer: boolean;
}

/** Whether the cluster has a load balancer: not with `--no-lb`, and never on the host's network. */
export function hasLoadBalancer(config: SimpleConfig): boolean {
  return config.options?.k3d?.disableLoadbalancer !== true && config.network !== "host";
}

/** Checks that the numbers of servers and agents make sense; `false` when they do not. */
export function checkNodeCounts(config: SimpleConfig, problems: ProblemCollector): boolean {
  const servers = problems.collect("servers", () => nodeCount(config.servers ?? 1, "server", 1));
  const agents = problems.collect("agents", () => nodeCount(config.agents ?? 0, "agent", 0));
  if (servers === undefined || agents === undefined) return false;
  if (servers + agents <= MAX_NODES) return true;
  problems.add(
    "INVALID_INPUT",
    servers > agents ? "servers" : "agents",
    `${servers} servers and ${agents} agents are more than the ${MAX_NODES} nodes a cluster can have`,
    "Ask for fewer nodes.",
  );
  return false;
}

/** The nodes a config with checked numbers asks for, to check node filters against. */
export function clusterSkeleton(config: SimpleConfig, cluster: string): Skeleton {
  const { servers = 1, agents = 0 } = config;
  const members = (role: "server" | "agent", count: number): SelectableNode[] =>
    Array.from({ length: count }, (_, index) => ({
      name: nodeName(cluster, role, index),
      role,
      index,
    }));
  const loadBalancer = hasLoadBalancer(config);
  return {
    nodes: [
      ...members("server", servers),
      ...members("agent", agents),
      ...(loadBalancer
        ? [{ name: loadBalancerName(cluster), role: "loadbalancer" as const, index: 0 }]
        : []),
    ],
    k3sNodes: servers + agents,
    loadBalancer,
  };
}

function nodeCount(count: number, what: string, least: number): number {
  if (Number.isInteger(count) && count >= least) return count;
  throw new K3dError("INVALID_INPUT", `Invalid number of ${what}s: ${count}`, {
    hint:
      least === 0
        ? "Give a whole number, 0 or more."
        : "A cluster needs at least one server: give a whole number, 1 or more.",
    details: { input: count },
  });
}
