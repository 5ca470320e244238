import type { LoadBalancerValues } from "../loadbalancer/values.js";
import { compareNames } from "../model/compare-names.js";
import { API_PORT } from "../model/defaults.js";
import type { Role } from "../model/roles.js";
import type { MountSpec, PortBinding } from "../runtime/container-spec.js";
import { isEveryAddress } from "../runtime/host-ports.js";
import type { ClusterGraph, GraphEdge, GraphNetwork, GraphNode } from "./graph.js";

/** A container as both kinds of source tell it. */
export interface GraphContainer {
  name: string;
  role: Role;
  details: string[];
  status?: string | undefined;
  networks: readonly string[];
  ports: readonly PortBinding[];
  mounts: readonly MountSpec[];
}

export interface GraphParts extends Pick<ClusterGraph, "cluster" | "state" | "machine"> {
  networks: readonly Omit<GraphNetwork, "id">[];
  containers: readonly GraphContainer[];
  forwards: LoadBalancerValues | undefined;
  /** Volumes that belong to the cluster, mounted or not. */
  volumes: readonly string[];
}

/** Names of volumes that nobody gave one. */
const ANONYMOUS = /^[0-9a-f]{64}$/;

const ORDER: readonly Role[] = ["loadbalancer", "registry", "server", "agent", "noRole"];

/** Puts the parts of a cluster into one graph, in an order that depends on nothing but names and roles. */
export function buildGraph(parts: GraphParts): ClusterGraph {
  const { cluster, state, machine } = parts;
  const networks = parts.networks.map((network) => ({ ...network, id: `network:${network.name}` }));
  const containers = parts.containers.toSorted(
    (a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role) || compareNames(a.name, b.name),
  );
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const add = (node: GraphNode): string => {
    if (!nodes.has(node.id)) nodes.set(node.id, node);
    return node.id;
  };
  const connect = (edge: GraphEdge): void => {
    const key = `${edge.kind} ${edge.from} ${edge.to}`;
    const labels = edges.get(key)?.label.split(", ") ?? [];
    edges.set(key, { ...edge, label: [...new Set([...labels, edge.label])].join(", ") });
  };
  const ids = new Map(containers.map((container) => [container.name, containerId(container)]));
  for (const container of containers) {
    for (const port of container.ports) {
      const from = add(portNode(port, container));
      connect({ from, to: containerId(container), kind: "publishes", label: containerPort(port) });
    }
  }
  for (const container of containers) {
    const from = add(containerNode(container, networks));
    for (const mount of container.mounts) {
      const target = mountNode(mount);
      if (target === undefined) continue;
      connect({ from, to: add(target), kind: "mounts", label: mount.destination });
    }
  }
  for (const name of parts.volumes) {
    add({ id: `volume:${name}`, kind: "volume", name, details: [] });
  }
  const balancer = containers.find(({ role }) => role === "loadbalancer");
  for (const [port, targets] of Object.entries(parts.forwards?.ports ?? {})) {
    for (const target of Array.isArray(targets) ? targets : []) {
      const to = ids.get(target);
      if (balancer === undefined || to === undefined) continue;
      const label = port.replace(/\.tcp$/, "").replace(".", "/");
      connect({ from: containerId(balancer), to, kind: "forwards", label });
    }
  }
  return {
    cluster,
    state,
    machine,
    networks,
    nodes: [...nodes.values()],
    edges: [...edges.values()],
  };
}

const containerId = ({ role, name }: Pick<GraphContainer, "role" | "name">): string =>
  `${role}:${name}`;

function containerNode(
  { name, role, details, status, networks: attached, ports }: GraphContainer,
  networks: readonly GraphNetwork[],
): GraphNode {
  const home = networks.find((network) => attached.includes(network.name));
  const others = attached.filter((network) => network !== home?.name);
  const exposed = ports.some(isApi) && role !== "registry" ? ["serves the Kubernetes API"] : [];
  return {
    id: containerId({ role, name }),
    kind: role === "noRole" ? "node" : role,
    name,
    details: [
      ...details,
      ...exposed,
      ...(others.length === 0 ? [] : [`also on ${others.toSorted(compareNames).join(", ")}`]),
    ],
    status,
    network: home?.id,
  };
}

const isApi = ({ containerPort: port, protocol }: PortBinding): boolean =>
  port === API_PORT && protocol === "tcp";

function portNode(port: PortBinding, container: GraphContainer): GraphNode {
  const { hostIp, hostPort, protocol } = port;
  // An engine may name a port once for each family.
  const address = isEveryAddress(hostIp) ? "" : `${bracketed(hostIp ?? "")}:`;
  const suffix = protocol === "tcp" ? "" : `/${protocol}`;
  const api = isApi(port) && container.role !== "registry";
  const details = api ? ["Kubernetes API"] : [];
  if (hostPort === undefined) {
    const id = `port:${address}?${containerPort(port)}@${container.name}`;
    return { id, kind: "port", name: `${address}any free port${suffix}`, details, open: true };
  }
  const name = `${address}${hostPort}${suffix}`;
  return { id: `port:${name}`, kind: "port", name, details };
}

const containerPort = ({ containerPort: port, protocol }: PortBinding): string =>
  protocol === "tcp" ? String(port) : `${port}/${protocol}`;

/** `undefined` for what is no thing of its own: memory, and volumes without a name. */
function mountNode({ type, source }: MountSpec): GraphNode | undefined {
  if (type === "tmpfs" || source === undefined || ANONYMOUS.test(source)) return undefined;
  const kind = type === "volume" ? "volume" : "directory";
  return { id: `${kind}:${source}`, kind, name: source, details: [] };
}

/** An address as it stands in front of a port. */
function bracketed(address: string): string {
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}
