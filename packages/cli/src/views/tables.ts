import {
  clusterCreated,
  describeState,
  k3sVersionOf,
  k3sVersions,
  kubeContextName,
  type ClusterView,
  type DetailedNode,
  type ListedCluster,
  type NodeCount,
} from "@k3d/core";
import { formatAge, renderColumns, type Column } from "@k3d/plugin-kit";
import { publishedPorts } from "./ports.js";

export interface TableOptions {
  headers: boolean;
  wide: boolean;
  now: Date;
  /** Columns of the terminal; absent: nothing is left out. */
  width?: number | undefined;
}

export interface ClusterTableOptions extends TableOptions {
  /** Show the clusters' tokens. */
  token: boolean;
  /** Name of the current kubeconfig context. */
  currentContext?: string | undefined;
}

/** The columns of the Go k3d, then state, age, release, ports, runtime and whether it is the current context. */
export function clusterTable(
  clusters: readonly ListedCluster[],
  { wide, token, currentContext, now, ...options }: ClusterTableOptions,
): string {
  const columns: Column<ListedCluster>[] = [
    { title: "NAME", cell: ({ name }) => name },
    { title: "SERVERS", cell: ({ servers }) => counted(servers), leaveOut: wide ? undefined : 8 },
    { title: "AGENTS", cell: ({ agents }) => counted(agents), leaveOut: wide ? undefined : 7 },
    {
      title: "LOADBALANCER",
      cell: ({ hasLoadBalancer }) => String(hasLoadBalancer),
      leaveOut: wide ? undefined : 1,
    },
  ];
  if (token) columns.push({ title: "TOKEN", cell: (cluster) => cluster.token ?? "" });
  columns.push(
    { title: "STATUS", cell: ({ state }) => describeState(state) },
    {
      title: "AGE",
      cell: (cluster) => age(clusterCreated(cluster), now),
      leaveOut: wide ? undefined : 5,
    },
    ...(clusters.some(({ expires }) => expires !== undefined) ? [expiryColumn(now)] : []),
    {
      title: "VERSION",
      cell: (cluster) => k3sVersions(cluster).join(",") || NONE,
      leaveOut: wide ? undefined : 3,
    },
    {
      title: "PORTS",
      cell: ({ nodes }) => publishedPorts(nodes) || NONE,
      leaveOut: wide ? undefined : 2,
    },
    { title: "RUNTIME", cell: ({ runtime }) => runtime, leaveOut: wide ? undefined : 4 },
  );
  if (wide) {
    columns.push(
      { title: "NETWORK", cell: ({ network }) => network.name || NONE },
      { title: "API", cell: (cluster) => apiAddress(cluster) || NONE },
      { title: "REASON", cell: ({ state }) => state.reason ?? NONE },
    );
  }
  columns.push({
    title: "CURRENT",
    cell: ({ name }) => (kubeContextName(name) === currentContext ? "*" : ""),
    leaveOut: wide ? undefined : 6,
  });
  return renderColumns(columns, clusters, options);
}

/** The columns of the Go k3d, then age, release, ports and runtime; more where asked for. */
export function nodeTable(
  nodes: readonly DetailedNode[],
  { wide, now, ...options }: TableOptions,
): string {
  const columns: Column<DetailedNode>[] = [
    { title: "NAME", cell: ({ name }) => name },
    { title: "ROLE", cell: ({ role }) => role },
    {
      title: "CLUSTER",
      cell: ({ cluster }) => cluster ?? "",
      leaveOut: wide ? undefined : 5,
    },
    { title: "STATUS", cell: ({ status }) => status },
    ...(nodes.some(({ machine }) => machine !== undefined)
      ? [{ title: "MACHINE", cell: ({ machine }: DetailedNode) => machine ?? NONE }]
      : []),
    { title: "AGE", cell: ({ created }) => age(created, now), leaveOut: wide ? undefined : 4 },
    {
      title: "VERSION",
      cell: ({ role, image }) =>
        (role === "server" || role === "agent" ? k3sVersionOf(image) : undefined) ?? NONE,
      leaveOut: wide ? undefined : 2,
    },
    {
      title: "PORTS",
      cell: (node) => publishedPorts([node]) || NONE,
      leaveOut: wide ? undefined : 1,
    },
    { title: "RUNTIME", cell: ({ runtime }) => runtime, leaveOut: wide ? undefined : 3 },
  ];
  if (wide) {
    columns.push(
      {
        title: "ADDRESS",
        cell: ({ ipv4Address, ipv6Address }) =>
          [ipv4Address, ipv6Address].filter(Boolean).join(", ") || NONE,
      },
      { title: "IMAGE", cell: ({ image }) => image },
    );
  }
  return renderColumns(columns, nodes, options);
}

/** How long the clusters are still wanted; only where one has a time to live. */
const expiryColumn = (now: Date): Column<ListedCluster> => ({
  title: "EXPIRES",
  cell: ({ expires }) => {
    if (expires === undefined) return NONE;
    return expires > now ? formatAge(now, expires) : "expired";
  },
});

/** Keeps the columns behind it countable for scripts. */
const NONE = "-";

const age = (created: Date | undefined, now: Date): string =>
  created === undefined ? NONE : formatAge(created, now);

function counted({ running, total }: NodeCount): string {
  return `${running}/${total}`;
}

function apiAddress({ api }: ClusterView): string {
  return api === undefined ? "" : `${api.hostIp ?? api.host}:${api.port}`;
}
