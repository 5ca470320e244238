import { K3dError } from "../errors/index.js";
import type { StepContext } from "../events/step-context.js";
import { apiUrl } from "../kubeconfig/entries.js";
import type { ClusterView, NodeView } from "../node/views.js";
import { waitForApi, waitForNodes, withTimeout, type ReadinessDeps } from "./cluster-ready.js";
import { JOINING } from "./node-watch.js";
import type { WaitLevel } from "./usable.js";
import { waitForLeases } from "./wait-for-leases.js";
import { DEFAULT_TIMEOUT_MS } from "./cluster-ready.js";

/**
 * Whether the API of a cluster can answer once these of its nodes run too: it is told where, its
 * load balancer runs, and so do more than half of its servers, without which etcd decides nothing.
 */
export function canReturn({ nodes, api }: ClusterView, started: readonly NodeView[]): boolean {
  const up = (node: NodeView): boolean => node.status === "running" || started.includes(node);
  const servers = nodes.filter(({ role }) => role === "server");
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  return (
    api !== undefined &&
    servers.filter(up).length * 2 > servers.length &&
    (balancer === undefined || up(balancer))
  );
}

export interface ReturnOptions extends StepContext {
  /** Milliseconds; 0 or absent: the default. */
  timeoutMs?: number;
  /** Default `registered`: the nodes are back. */
  level?: WaitLevel;
}

/**
 * Waits until the API of a cluster answers and each of these nodes has renewed its lease since its
 * container started.
 *
 * @throws `TIMEOUT`, `CONTAINER_FAILED`, `NOT_FOUND` when nothing tells where the API is exposed.
 */
export async function waitForReturn(
  cluster: ClusterView,
  nodes: readonly NodeView[],
  deps: ReadinessDeps,
  { timeoutMs, signal, progress, level = "registered" }: ReturnOptions,
): Promise<void> {
  const servers = cluster.nodes.filter(
    (node) => node.role === "server" && (node.status === "running" || nodes.includes(node)),
  );
  const server = servers.find(({ initServer }) => initServer) ?? servers[0];
  if (cluster.api === undefined || server === undefined) {
    throw new K3dError(
      "NOT_FOUND",
      `It is not known where the API of cluster '${cluster.name}' is exposed`,
      {
        hint: "Start it with --wait=false, and look at its nodes with: k3d node list",
      },
    );
  }
  const url = apiUrl(cluster.api.host, cluster.api.port);
  const { hostIp = "0.0.0.0" } = cluster.api;
  const ms = timeoutMs || DEFAULT_TIMEOUT_MS;
  await withTimeout(
    { what: `Cluster '${cluster.name}'`, ms, runtime: deps.runtime, server: server.name },
    signal,
    async (inner) => {
      const client = await waitForApi(
        deps,
        { cluster: cluster.name, server: server.name, url, hostIp, tolerance: JOINING },
        inner,
        progress,
      );
      const expected = await waitForLeases(client, nodes, deps, inner, progress);
      if (level !== "registered")
        await waitForNodes(deps, client, expected, level, inner, progress);
    },
  );
}
