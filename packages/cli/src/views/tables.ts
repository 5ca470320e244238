import type { ClusterView, NodeCount, NodeView } from "@k3d/core";
import { formatAge, renderTable } from "@k3d/plugin-kit";

export interface TableOptions {
  headers: boolean;
  wide: boolean;
}

/** `NAME SERVERS AGENTS LOADBALANCER`, with the token and more where asked for. */
export function clusterTable(
  clusters: readonly ClusterView[],
  { headers, wide, token, runtime = false }: TableOptions & { token: boolean; runtime?: boolean },
): string {
  const header = [
    "NAME",
    "SERVERS",
    "AGENTS",
    "LOADBALANCER",
    ...(token ? ["TOKEN"] : []),
    ...(wide || runtime ? ["RUNTIME"] : []),
    ...(wide ? ["NETWORK", "API"] : []),
  ];
  const rows = clusters.map((cluster) => [
    cluster.name,
    counted(cluster.servers),
    counted(cluster.agents),
    String(cluster.hasLoadBalancer),
    ...(token ? [cluster.token ?? ""] : []),
    ...(wide || runtime ? [cluster.runtime] : []),
    ...(wide ? [cluster.network.name, apiAddress(cluster)] : []),
  ]);
  return renderTable(headers ? header : undefined, rows);
}

/** `NAME ROLE CLUSTER STATUS`, and more where asked for. */
export function nodeTable(
  nodes: readonly NodeView[],
  { headers, wide }: TableOptions,
  now: Date,
): string {
  const header = [
    "NAME",
    "ROLE",
    "CLUSTER",
    "STATUS",
    ...(wide ? ["AGE", "ADDRESS", "RUNTIME", "IMAGE"] : []),
  ];
  const rows = nodes.map((node) => [
    node.name,
    node.role,
    node.cluster ?? "",
    node.status,
    ...(wide
      ? [formatAge(node.created, now), node.ipv4Address ?? "", node.runtime, node.image]
      : []),
  ]);
  return renderTable(headers ? header : undefined, rows);
}

function counted({ running, total }: NodeCount): string {
  return `${running}/${total}`;
}

function apiAddress({ api }: ClusterView): string {
  return api === undefined ? "" : `${api.hostIp ?? api.host}:${api.port}`;
}
