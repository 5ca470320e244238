import { K3dError } from "../errors/index.js";
import { runSteps, type Step } from "../execute/steps.js";
import { apiUrl } from "../kubeconfig/entries.js";
import type { ClusterView, NodeView } from "../model/views.js";
import { kubernetesNodeName } from "../plan/kubernetes-node.js";
import {
  JOINING,
  NodeWatch,
  everySecond,
  until,
  waitForApi,
  withTimeout,
} from "../readiness/index.js";
import type { KubeClient } from "../readiness/kube-client.js";
import { nodeLeases } from "../readiness/leases.js";
import type { WaitOptions } from "../services/contracts.js";
import { DEFAULT_TIMEOUT_MS, type ClusterDeps } from "./deps.js";

/**
 * Starts all nodes of a cluster. All servers at once: an etcd cluster answers
 * only when more than half of its members are back. Nothing is undone on
 * failure: what runs may go on running.
 */
export async function startCluster(
  cluster: ClusterView,
  deps: ClusterDeps,
  options: WaitOptions = {},
): Promise<void> {
  const k3s = cluster.nodes.filter(({ role }) => role === "server" || role === "agent");
  const steps = cluster.nodes.map((node) => startStep(node, deps));
  if (options.wait !== false && cluster.servers.total > 0) {
    steps.push({
      id: "ready",
      title: `Wait for cluster ${cluster.name}`,
      needs: steps.map(({ id }) => id),
      run: (context) =>
        waitForStarted(cluster, k3s, deps, options, context.signal, context.progress),
    });
  }
  await runSteps(steps, {
    ...deps,
    rollback: false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

function startStep(node: NodeView, { runtime }: ClusterDeps): Step {
  return {
    id: `start:${node.name}`,
    title: `Start ${node.role} ${node.name}`,
    run: async () => {
      if (node.status === "paused") await runtime.containers.unpause(node.id);
      else await runtime.containers.start(node.id);
    },
  };
}

async function waitForStarted(
  cluster: ClusterView,
  nodes: readonly NodeView[],
  deps: ClusterDeps,
  options: WaitOptions,
  signal: AbortSignal,
  progress: (message: string, current?: number, total?: number) => void,
): Promise<void> {
  const server =
    nodes.find(({ initServer }) => initServer) ?? nodes.find(({ role }) => role === "server");
  if (cluster.api === undefined || server === undefined) {
    throw new K3dError(
      "NOT_FOUND",
      `Nothing tells where the API of cluster '${cluster.name}' is exposed`,
      {
        hint: "Start it with --wait=false, and look at its nodes with: k3d node list",
      },
    );
  }
  const url = apiUrl(cluster.api.host, cluster.api.port);
  const ms = options.timeoutMs || DEFAULT_TIMEOUT_MS;
  await withTimeout(
    { what: `Cluster '${cluster.name}'`, ms, runtime: deps.runtime, server: server.name },
    signal,
    async (inner) => {
      const client = await waitForApi(
        deps,
        { cluster: cluster.name, server: server.name, url, tolerance: JOINING },
        inner,
        progress,
      );
      await waitForLeases(client, nodes, deps, inner, progress);
    },
  );
}

/** Resolves once every node has renewed its lease since its container started. */
async function waitForLeases(
  client: KubeClient,
  nodes: readonly NodeView[],
  { runtime, clock }: ClusterDeps,
  signal: AbortSignal,
  progress: (message: string, current?: number, total?: number) => void,
): Promise<void> {
  const infos = await Promise.all(
    nodes.map(({ id }) => runtime.containers.inspect(id, { signal })),
  );
  const expected = infos.flatMap((info, position) => {
    const role = nodes[position]?.role ?? "agent";
    const name = kubernetesNodeName({
      name: info.name,
      role,
      k3sArgs: info.spec.process.args ?? [],
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
    const back = expected.filter(({ name, since }) => (leases.get(name) ?? new Date(0)) >= since);
    if (back.length !== told)
      progress(`${back.length} of ${expected.length} nodes are back`, back.length, expected.length);
    told = back.length;
    if (back.length === expected.length) return true;
    return undefined;
  });
}
