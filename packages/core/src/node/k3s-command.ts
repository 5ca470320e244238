import { dualStackArgs } from "./ip-families.js";
import type { ClusterContext, NodeDefinition } from "./node-definition.js";
import { rootlessArgs } from "./rootless-args.js";

/** The script that every k3s node boots through; see `node/entrypoint.ts`. */
export const ENTRYPOINT_PATH = "/bin/k3d-entrypoint.sh";

/**
 * The argv of a k3s node: `server` or `agent`, the user's arguments, then
 * what k3d adds. Source of the flags: https://docs.k3s.io/cli
 */
export function k3sCommand(node: NodeDefinition, cluster: ClusterContext): string[] {
  const args = [ENTRYPOINT_PATH, node.role];
  if (node.role === "server" && node.initServer && cluster.clusterInit) args.push("--cluster-init");
  args.push(...(cluster.rootless ? rootlessArgs(node.k3sArgs) : node.k3sArgs));
  if (node.role === "server") {
    args.push("--tls-san", cluster.api.host);
    if (cluster.loadBalancer !== undefined) args.push("--tls-san", cluster.loadBalancer);
  }
  args.push(...machineArgs(node, cluster), ...dualStackArgs(node, cluster));
  for (const label of node.k3sNodeLabels) args.push("--node-label", label);
  return args;
}

/** The interface of the first network that a container joins. */
const FIRST_INTERFACE = "eth0";

/**
 * Over several machines the default route leads out by an address that each machine gives anew; the
 * others reach a node by that of the network they share.
 */
function machineArgs({ address }: NodeDefinition, { network }: ClusterContext): string[] {
  if (!network.overMachines || address === undefined) return [];
  return ["--node-ip", address, "--flannel-iface", FIRST_INTERFACE];
}

/** Whether an argument and its value are those that {@link machineArgs} gave to a node with this address. */
export function isMachineArg(
  arg: string,
  value: string | undefined,
  address: string | undefined,
): boolean {
  return (
    (arg === "--node-ip" && value === address) ||
    (arg === "--flannel-iface" && value === FIRST_INTERFACE)
  );
}

/** `NAME=value` entries that k3s reads; see https://docs.k3s.io/reference/env-variables */
export function k3sEnv(
  node: NodeDefinition,
  cluster: ClusterContext,
  kubeconfigPath: string,
): string[] {
  const env = [`K3S_TOKEN=${cluster.token}`, `K3S_KUBECONFIG_OUTPUT=${kubeconfigPath}`];
  const joins = node.role === "agent" || (!node.initServer && cluster.clusterInit);
  if (joins) env.push(`K3S_URL=${cluster.url}`);
  // There the host's own name would be the node's.
  if (cluster.network.host) env.push(`K3S_NODE_NAME=${node.name}`);
  if (cluster.resolver !== undefined) env.push(`K3D_RESOLVER=${cluster.resolver}`);
  if (node.memoryLimit !== undefined) env.push(`K3D_NODE_MEMORY=${node.memoryLimit}`);
  return env;
}
