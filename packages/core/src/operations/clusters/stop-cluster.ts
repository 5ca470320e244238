import type { ClusterView, NodeView } from "../../node/views.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { patient } from "../../steps/patience.js";
import { stopNode } from "../../steps/stop-node.js";
import type { Collaborators } from "../../steps/world.js";
import { withHooks } from "../lifecycle/index.js";
import type { HookOptions, OperationOptions } from "../options.js";
import { requireObeyed } from "../require-obeyed.js";
import { requireServer, viewAfter, viewNamed } from "./observe-current.js";

/** Stops all nodes at once. @throws `NOT_FOUND`, `CONTAINER_FAILED` for remains without a server. */
export async function stopCluster(
  name: string,
  deps: Collaborators,
  options: HookOptions,
): Promise<ClusterView> {
  const view = await viewNamed(name, deps, options);
  requireServer(view);
  const { signal } = options;
  return withHooks("stop", view, deps, options, async () => {
    await runSteps(
      view.nodes.map((node) => stopStep(node, deps)),
      { ...deps, signal, rollback: false, goOn: true },
    );
    const after = await viewAfter({ name: view.name, view }, deps, options);
    if (after !== view) requireObeyed("stop", view.nodes, after.nodes);
    return after;
  });
}

export function stopStep(node: NodeView, { runtime }: Pick<Collaborators, "runtime">): Step {
  return {
    id: `stop:${node.name}`,
    title: `Stop ${node.role} ${node.name}`,
    run: ({ signal }) => stopNode(node, runtime, { signal }),
  };
}

/** Freezes all nodes, or lets them go on. @throws `UNSUPPORTED` where the runtime cannot. */
export async function pauseCluster(
  name: string,
  pause: boolean,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterView> {
  const view = await viewNamed(name, deps, options);
  requireServer(view);
  const from = pause ? "running" : "paused";
  const nodes = view.nodes.filter(({ status, role }) => status === from && role !== "registry");
  const steps = nodes.map(({ id, name: node, role }): Step => ({
    id: `pause:${node}`,
    title: `${pause ? "Pause" : "Resume"} ${role} ${node}`,
    run: ({ signal }) =>
      deps.runtime.containers[pause ? "pause" : "unpause"](id, { signal: patient(signal) }),
    undo: ({ signal }) => deps.runtime.containers[pause ? "unpause" : "pause"](id, { signal }),
  }));
  let after = view;
  const check: Step = {
    id: "look",
    title: `Check that all nodes ${pause ? "are paused" : "run again"}`,
    needs: steps.map(({ id }) => id),
    async run({ signal }) {
      after = await viewAfter({ name: view.name, view }, deps, { signal });
      if (after !== view) requireObeyed(pause ? "pause" : "resume", nodes, after.nodes);
    },
  };
  await runSteps([...steps, check], { ...deps, ...options });
  return after;
}
