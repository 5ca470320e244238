import type { ResolvedConfig } from "../config/resolved-config.js";
import type { NodeFilter } from "../filters/node-filter.js";
import { selectNodes } from "../filters/select.js";
import { loadBalancerName, nodeName } from "../model/names.js";
import type { NodeDefinition } from "../node/node-definition.js";
import { type Role, runsK3s } from "../model/roles.js";
import type { Facts } from "./facts.js";
import { nodeMounts } from "./mounts.js";

/** The cluster's nodes with everything that config says of each; ports come later (`planPorts`). */
export function defineNodes(
  config: ResolvedConfig,
  facts: Facts,
  withLoadBalancer: boolean,
): NodeDefinition[] {
  const nodes = skeletons(config, facts, withLoadBalancer);
  /** Without filters an entry means the only k3s node there is. */
  const select = (filters: readonly NodeFilter[]): NodeDefinition[] =>
    filters.length === 0 ? nodes.slice(0, 1) : selectNodes(filters, nodes).nodes;

  for (const { envVar, filters } of config.env) {
    for (const node of select(filters)) node.env.push(envVar);
  }
  for (const { arg, filters } of config.options.k3s.extraArgs) {
    for (const node of select(filters).filter(runsK3s)) node.k3sArgs.push(arg);
  }
  for (const { label, filters } of config.options.k3s.nodeLabels) {
    for (const node of select(filters).filter(runsK3s)) node.k3sNodeLabels.push(label);
  }
  for (const { key, value, filters } of config.options.runtime.labels) {
    for (const node of select(filters)) node.runtimeLabels[key] = value;
  }
  for (const { source, destination, filters, description } of config.files) {
    const targets = filters.length === 0 ? nodes.filter(runsK3s) : select(filters);
    const file = {
      path: destination,
      content: source,
      mode: 0o644,
      description,
    };
    for (const node of targets) node.files.push(file);
  }
  nodeMounts(config, nodes);
  return nodes;
}

function skeletons(
  config: ResolvedConfig,
  facts: Facts,
  withLoadBalancer: boolean,
): NodeDefinition[] {
  const cluster = config.metadata.name;
  const { runtime } = config.options;
  const make = (
    role: Role,
    index: number,
    name: string,
    image: string,
    memory?: number,
  ): NodeDefinition => ({
    name,
    role,
    index,
    image,
    initServer: role === "server" && index === 0,
    env: [],
    k3sArgs: [],
    k3sNodeLabels: [],
    runtimeLabels: {},
    mounts: [],
    ports: [],
    memoryLimit: memory,
    rlimits: runsK3s({ role })
      ? runtime.ulimits.map(({ name: type, soft, hard }) => ({ type: ociRlimit(type), soft, hard }))
      : [],
    ...(runtime.gpuRequest === undefined || !runsK3s({ role }) ? {} : { gpus: runtime.gpuRequest }),
    hostPid: runtime.hostPidMode && runsK3s({ role }),
    files: [],
  });
  const members = (role: "server" | "agent", count: number, memory?: number): NodeDefinition[] =>
    Array.from({ length: count }, (_, index) =>
      make(role, index, nodeName(cluster, role, index), config.image, memory),
    );
  const nodes = [
    ...members("server", config.servers, runtime.serversMemoryBytes),
    ...members("agent", config.agents, runtime.agentsMemoryBytes),
  ];
  if (withLoadBalancer) {
    nodes.push(make("loadbalancer", 0, loadBalancerName(cluster), facts.images.loadBalancer));
  }
  return nodes;
}

/** `nofile` → `RLIMIT_NOFILE`. */
const ociRlimit = (name: string): string => `RLIMIT_${name.replace(/^RLIMIT_/i, "").toUpperCase()}`;
