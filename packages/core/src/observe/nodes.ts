import { compareNames } from "../model/compare-names.js";
import { API_PORT } from "../model/defaults.js";
import { APP, LABELS } from "../model/labels.js";
import { isRole } from "../model/roles.js";
import type { ClusterView, NodeCount, NodeView } from "../node/views.js";
import type { ContainerSummary } from "../runtime/containers.js";
import type { CallOptions } from "../runtime/common.js";
import { checkedLabels } from "./checked-labels.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

/** The labels of every container of k3d's, by either tool. What nearly every command lists first. */
export const NODE_LABELS: Readonly<Record<string, string>> = {
  [LABELS.app]: APP,
  [LABELS.role]: "",
};

/** Every container of k3d's on this runtime, by either tool, as nodes. */
export async function listNodes(
  runtime: ContainerRuntime,
  options: CallOptions = {},
): Promise<NodeView[]> {
  const containers = await runtime.containers.list({
    ...options,
    labels: NODE_LABELS,
  });
  return withInitServers(
    containers.map((container) => nodeView(container, runtime.name)).sort(byClusterAndName),
  );
}

/**
 * {@link listNodes}, and registries that other tools made for k3d: ctlptl gives them the role, but
 * not the label of k3d's own objects. A cluster may use them; k3d never removes them.
 */
export async function listNodesAndRegistries(
  runtime: ContainerRuntime,
  options: CallOptions = {},
): Promise<NodeView[]> {
  const [nodes, registries] = await Promise.all([
    listNodes(runtime, options),
    runtime.containers.list({ ...options, labels: { [LABELS.role]: "registry" } }),
  ]);
  const known = new Set(nodes.map(({ id }) => id));
  const foreign = registries.filter(({ id }) => !known.has(id));
  return [...nodes, ...foreign.map((container) => nodeView(container, runtime.name))];
}

/**
 * One initialising server for each cluster: the first that is labelled so, else the first. A server
 * alone has no label, and the Go k3d copies the label to servers that it adds.
 */
export function withInitServers(nodes: NodeView[]): NodeView[] {
  const servers = nodes.filter(({ role, cluster }) => role === "server" && cluster !== undefined);
  const initial = new Set(
    [...Map.groupBy(servers, ({ cluster }) => cluster).values()].map(
      (members) => members.find(({ initServer }) => initServer) ?? members[0],
    ),
  );
  return nodes.map((node) =>
    node.role === "server" ? { ...node, initServer: initial.has(node) } : node,
  );
}

export function nodeView(container: ContainerSummary, runtime: string): NodeView {
  const labels = checkedLabels(container.labels);
  const role = labels[LABELS.role];
  const cluster = labels[LABELS.cluster];
  const network =
    container.networks.find(({ name }) => name === labels[LABELS.network]) ?? container.networks[0];
  const ipv4Address = network?.ipv4Address ?? labels[LABELS.staticIp];
  const ipv6Address = network?.ipv6Address ?? labels[LABELS.staticIpv6];
  return {
    name: container.name,
    role: isRole(role) ? role : "noRole",
    ...(cluster === undefined || cluster === "" ? {} : { cluster }),
    status: container.status,
    ...(labels[LABELS.machine] ? { machine: labels[LABELS.machine] } : {}),
    runtime,
    id: container.id,
    image: container.image,
    created: container.created,
    ...(ipv4Address === undefined || ipv4Address === "" ? {} : { ipv4Address }),
    ...(ipv6Address === undefined || ipv6Address === "" ? {} : { ipv6Address }),
    ports: container.ports,
    networks: container.networks.map(({ name }) => name),
    initServer: labels[LABELS.serverInit] === "true",
    labels,
  };
}

function byClusterAndName(a: NodeView, b: NodeView): number {
  return (
    compareNames(a.cluster ?? "\uffff", b.cluster ?? "\uffff") ||
    ROLE_ORDER.indexOf(a.role) - ROLE_ORDER.indexOf(b.role) ||
    compareNames(a.name, b.name)
  );
}

const ROLE_ORDER: readonly string[] = ["server", "agent", "loadbalancer", "registry", "noRole"];

/** The clusters that these nodes form. */
export function clusterViews(nodes: readonly NodeView[]): ClusterView[] {
  const byName = new Map<string, NodeView[]>();
  for (const node of nodes) {
    if (node.cluster === undefined || node.labels[LABELS.clusterExternal] === "true") continue;
    byName.set(node.cluster, [...(byName.get(node.cluster) ?? []), node]);
  }
  // A registry that outlived its cluster, because others use it, makes no cluster.
  return [...byName]
    .filter(([, members]) => members.some(({ role }) => role !== "registry"))
    .map(([name, members]) => clusterView(name, members));
}

function clusterView(name: string, nodes: NodeView[]): ClusterView {
  const servers = nodes.filter(({ role }) => role === "server");
  const labels = Object.assign(
    {},
    ...nodes.map((node) => node.labels),
    ...servers.map((node) => node.labels),
  ) as Record<string, string>;
  const id = labels[LABELS.networkId];
  const ipRange = labels[LABELS.networkIpRange];
  const imageVolume = labels[LABELS.imageVolume];
  const token = labels[LABELS.clusterToken];
  const api = apiOf(nodes, labels);
  const expires = labels[LABELS.expires];
  return {
    name,
    runtime: nodes[0]?.runtime ?? "",
    servers: count(servers),
    agents: count(nodes.filter(({ role }) => role === "agent")),
    hasLoadBalancer: nodes.some(({ role }) => role === "loadbalancer"),
    network: {
      name: labels[LABELS.network] ?? "",
      id,
      ipRange,
      external: labels[LABELS.networkExternal] === "true",
    },
    ...(imageVolume === undefined || imageVolume === ""
      ? {}
      : {
          imageVolume: {
            name: imageVolume,
            external: labels[LABELS.imageVolumeExternal] === "true",
          },
        }),
    api,
    token,
    ...(expires === undefined ? {} : { expires: new Date(expires) }),
    nodes,
  };
}

const count = (nodes: readonly NodeView[]): NodeCount => ({
  running: nodes.filter(({ status }) => status === "running").length,
  total: nodes.length,
});

/** The port that is bound now counts more than the label: other tools leave the label at what was asked for. */
function apiOf(nodes: readonly NodeView[], labels: Record<string, string>): ClusterView["api"] {
  const publisher =
    nodes.find(({ role }) => role === "loadbalancer") ?? nodes.find(({ initServer }) => initServer);
  const bound = publisher?.ports.find(
    ({ containerPort, protocol }) => containerPort === API_PORT && protocol === "tcp",
  )?.hostPort;
  // The first server, which published it, was removed: what the others' labels say of it holds no more.
  const isGone =
    publisher?.labels[LABELS.serverInit] === "false" && !labels[LABELS.serverLoadBalancer];
  if (isGone && bound === undefined && labels[LABELS.network] !== "host") return undefined;
  const port = bound ?? Number(labels[LABELS.apiPort] ?? Number.NaN);
  if (!Number.isInteger(port) || port <= 0) return undefined;
  const hostIp = labels[LABELS.apiHostIp];
  const clientHost = labels[LABELS.apiClientHost];
  return {
    host: labels[LABELS.apiHost] || "0.0.0.0",
    ...(hostIp === undefined || hostIp === "" ? {} : { hostIp }),
    port,
    ...(clientHost === undefined || clientHost === "" ? {} : { clientHost }),
  };
}
