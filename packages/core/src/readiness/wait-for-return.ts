import { K3dError } from "../errors/index.js";
import type { StepContext } from "../events/step-context.js";
import { apiUrl } from "../kubeconfig/entries.js";
import type { ClusterView, NodeView } from "../node/views.js";
import { isKubernetesNode, kubernetesNodeName } from "../node/kubernetes-node.js";
import {
  everySecond,
  until,
  type ExpectedNode,
  waitForApi,
  waitForNodes,
  withTimeout,
  type ReadinessDeps,
} from "./cluster-ready.js";
import { JOINING, NodeWatch } from "./node-watch.js";
import type { KubeClient } from "./kube-client.js";
import type { WaitLevel } from "./usable.js";
import { nodeLeases } from "./leases.js";
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

/** Resolves once every node has renewed its lease since its container started. */
export async function waitForLeases(
  client: KubeClient,
  nodes: readonly Pick<NodeView, "id" | "role">[],
  { runtime, clock }: ReadinessDeps,
  signal: AbortSignal,
  progress: StepContext["progress"],
): Promise<ExpectedNode[]> {
  const infos = await Promise.all(
    nodes.map(({ id }) => runtime.containers.inspect(id, { signal })),
  );
  const expected = infos.flatMap((info, position) => {
    const role = nodes[position]?.role ?? "agent";
    const name = kubernetesNodeName({
      name: info.name,
      role,
      k3sArgs: info.spec.process.args ?? [],
      env: info.spec.process.env,
    });
    return name === undefined
      ? []
      : [{ name, container: info.name, since: info.startedAt ?? new Date(0) }];
  });
  const watch = new NodeWatch(runtime);
  const alive = everySecond(clock, async () => {
    await Promise.all(expected.map(({ container }) => watch.check(container, JOINING, signal)));
  });
  let told = -1;
  await until(clock, signal, async () => {
    await alive();
    const leases = await nodeLeases(client, signal).catch(() => new Map<string, Date>());
    const back = expected.filter(({ name, since }) =>
      [...leases].some(([node, renewed]) => isKubernetesNode(name, node) && renewed >= since),
    );
    if (back.length !== told)
      progress(`${back.length} of ${expected.length} nodes are back`, back.length, expected.length);
    told = back.length;
    return back.length === expected.length ? true : undefined;
  });
  return expected.map(({ container, name }) => ({
    container,
    kubernetesNode: name,
    tolerance: JOINING,
  }));
}
