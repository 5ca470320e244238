import { runsK3s } from "../../model/roles.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import { canReturn, waitForReturn } from "../../readiness/wait-for-return.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { startStep, unpauseStep } from "../../steps/start.js";
import type { Collaborators } from "../../steps/world.js";
import type { WaitOptions } from "../options.js";

/** Starts one node of a cluster and waits for it, unless nodes that it needs are down. */
export async function startNode(
  node: NodeView,
  cluster: ClusterView | undefined,
  deps: Collaborators,
  { wait = true, timeoutMs, signal }: WaitOptions = {},
): Promise<void> {
  const own = cluster?.nodes.filter(({ id }) => id === node.id) ?? [];
  const waited = wait && runsK3s(node) && cluster !== undefined && canReturn(cluster, own);
  if (wait && runsK3s(node) && !waited) {
    const message = `${node.name} is not waited for: its cluster is stopped`;
    deps.events.emit({ type: "log", level: "info", message });
  }
  const start =
    node.status === "paused"
      ? unpauseStep(node, deps)
      : startStep(node, deps, [], { look: !waited });
  const steps: Step[] = [start];
  if (waited) {
    steps.push({
      id: `ready:${node.name}`,
      title: `Wait for ${node.role} ${node.name}`,
      needs: [start.id],
      run: (context) => waitForReturn(cluster, own, deps, { ...context, timeoutMs }),
    });
  }
  await runSteps(steps, { ...deps, signal, rollback: false });
}
