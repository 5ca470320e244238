import { runSteps, type Step } from "../../steps/graph.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { WaitOptions } from "../options.js";
import type { ClusterDeps } from "./deps.js";
import { foreignNamesStep } from "./foreign-names.js";
import { waitForReturn } from "../../readiness/wait-for-return.js";

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
  const steps = cluster.nodes.map((node) => startStep(node, deps.runtime));
  steps.push(...foreignNamesStep(cluster, deps, steps));
  if (options.wait !== false && cluster.servers.total > 0) {
    steps.push({
      id: "ready",
      title: `Wait for cluster ${cluster.name}`,
      needs: steps.map(({ id }) => id),
      run: (context) => waitForReturn(cluster, k3s, deps, { ...options, ...context }),
    });
  }
  await runSteps(steps, {
    ...deps,
    rollback: false,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

export function startStep(node: NodeView, runtime: ContainerRuntime): Step {
  return {
    id: `start:${node.name}`,
    title: `Start ${node.role} ${node.name}`,
    run: async () => {
      if (node.status === "paused") await runtime.containers.unpause(node.id);
      else await runtime.containers.start(node.id);
    },
  };
}
