import { coreDnsHosts, HOST_ALIAS } from "../node/host-names.js";
import { LABELS } from "../model/labels.js";
import type { ContainerSpec, PortBinding } from "../runtime/container-spec.js";
import type { ClusterPlan, PlannedNode } from "./cluster-plan.js";
import { addressAt, parseSubnet } from "../runtime/subnet.js";

/** What is known once the network exists. */
export interface NetworkBinding {
  id: string;
  subnet?: string;
  gateway?: string;
}

/** Node name → fixed address; empty where the engine chooses. */
export function fixedAddresses(plan: ClusterPlan, network: NetworkBinding): Map<string, string> {
  if (network.subnet === undefined || !plan.network.fixedAddresses) return new Map();
  const subnet = parseSubnet(network.subnet);
  return new Map(
    plan.nodes.flatMap(({ name, addressOffset }) =>
      addressOffset === undefined ? [] : [[name, addressAt(subnet, addressOffset)] as const],
    ),
  );
}

/** What one node gets once the network exists. */
export interface NodeBinding {
  network: NetworkBinding;
  /** Fixed address. */
  address?: string;
  /** Resolver that pods can reach. */
  resolver?: string;
  /** The node uses a proxy. */
  proxied: boolean;
}

/** The node with its address, network labels and way back to the host filled in. */
export function bindNetwork(
  node: PlannedNode,
  { network, address, resolver, proxied }: NodeBinding,
): PlannedNode {
  const [primary, ...others] = node.spec.networks;
  const labels: Record<string, string> = { ...node.spec.labels, [LABELS.networkId]: network.id };
  if (network.subnet !== undefined) labels[LABELS.networkIpRange] = network.subnet;
  if (address !== undefined) labels[LABELS.staticIp] = address;
  const spec: ContainerSpec = { ...node.spec, labels };
  if (primary !== undefined && address !== undefined) {
    spec.networks = [{ ...primary, ipv4Address: address }, ...others];
  }
  if (node.role !== "server" && node.role !== "agent") return { ...node, spec };
  const aliases = [...(spec.extraHosts ?? [])];
  if (network.gateway !== undefined) aliases.push({ ip: network.gateway, hostnames: [HOST_ALIAS] });
  if (aliases.length > 0) spec.extraHosts = aliases;
  spec.process = { ...spec.process, env: boundEnv(spec.process.env, network, resolver, proxied) };
  return {
    ...node,
    spec,
    files: node.initServer ? [...node.files, ...coreDnsHosts(aliases)] : node.files,
  };
}

function boundEnv(
  env: readonly string[],
  { subnet }: NetworkBinding,
  resolver: string | undefined,
  proxied: boolean,
): string[] {
  const bound = env.map((entry) =>
    proxied && subnet !== undefined && entry.startsWith("NO_PROXY=") ? `${entry},${subnet}` : entry,
  );
  return resolver === undefined ? bound : [...bound, `K3D_RESOLVER=${resolver}`];
}

/** Servers tell the API's port by label, since it cannot be read off themselves. */
export function bindApiPort(node: PlannedNode, port: number): PlannedNode {
  if (node.role !== "server") return node;
  const labels = { ...node.spec.labels, [LABELS.apiPort]: String(port) };
  return { ...node, spec: { ...node.spec, labels } };
}

/** The node with its host ports replaced. */
export function bindPorts(node: PlannedNode, ports: PortBinding[]): PlannedNode {
  return { ...node, spec: { ...node.spec, ports } };
}
