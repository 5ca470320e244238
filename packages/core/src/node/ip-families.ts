import type { ClusterContext, NodeDefinition } from "./node-definition.js";
import { optionValue } from "./kubernetes-node.js";

/** The networks of pods and services by default: https://docs.k3s.io/cli/server#networking */
export const CLUSTER_CIDR = "10.42.0.0/16";
export const SERVICE_CIDR = "10.43.0.0/16";
/**
 * Those beside them in a dual-stack cluster. They exist within its nodes only, as the IPv4 ones do, so all clusters
 * have the same. k3s gives each node a /64 of the first, and the second may have 20 bits at most.
 */
export const CLUSTER_CIDR_IPV6 = "fd00:10:42::/56";
export const SERVICE_CIDR_IPV6 = "fd00:10:43::/112";

/**
 * The arguments by which a node of a dual-stack cluster uses both families; what the user says of the same wins.
 * k3s wants the networks on all servers and finds a node's second address on no node by itself. Pods leave the node
 * with its address, since theirs lead nowhere outside.
 *
 * Source: https://docs.k3s.io/networking/basic-network-options#dual-stack-ipv4--ipv6-networking
 *
 * @returns nothing until both addresses are known, or where the cluster has one family.
 */
export function dualStackArgs(
  { role, address, ipv6Address, k3sArgs }: NodeDefinition,
  { network, api }: Pick<ClusterContext, "network" | "api">,
): string[] {
  if (network.ipv6 === undefined || address === undefined || ipv6Address === undefined) return [];
  const args: Record<string, string> = { "--node-ip": `${address},${ipv6Address}` };
  if (role === "server") {
    args["--cluster-cidr"] = `${CLUSTER_CIDR},${CLUSTER_CIDR_IPV6}`;
    args["--service-cidr"] = `${SERVICE_CIDR},${SERVICE_CIDR_IPV6}`;
  }
  const given = (name: string): boolean =>
    optionValue(k3sArgs, name) !== undefined || k3sArgs.includes(name);
  return [
    ...Object.entries(args).flatMap(([name, value]) => (given(name) ? [] : [`${name}=${value}`])),
    ...(role !== "server" || given(MASQUERADE) ? [] : [MASQUERADE]),
    // Clients on the engine's machine may come by its other loopback.
    ...(role !== "server" || api.host === LOOPBACK ? [] : ["--tls-san", LOOPBACK]),
  ];
}

const MASQUERADE = "--flannel-ipv6-masq";
const LOOPBACK = "::1";

/** Whether an argument is one that {@link dualStackArgs} gave to a node with these addresses. */
export function isDualStackArg(arg: string, addresses: readonly (string | undefined)[]): boolean {
  return [
    `--node-ip=${addresses.join(",")}`,
    `--cluster-cidr=${CLUSTER_CIDR},${CLUSTER_CIDR_IPV6}`,
    `--service-cidr=${SERVICE_CIDR},${SERVICE_CIDR_IPV6}`,
    MASQUERADE,
  ].includes(arg);
}
