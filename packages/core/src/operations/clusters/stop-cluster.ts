import type { ClusterView, NodeView } from "../../node/views.js";
import { runSteps, type Step } from "../../steps/graph.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";
import { membersNamed, requireServer, viewAfter } from "./observe-current.js";

/** Stops all nodes at once. @throws `NOT_FOUND`, `CONTAINER_FAILED` for remains without a server. */
export async function stopCluster(
  name: string,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterView> {
  const observed = await membersNamed(name, deps, options);
  requireServer(observed);
  await runSteps(
    observed.nodes.map((node) => stopStep(node, deps)),
    { ...deps, ...options, rollback: false, goOn: true },
  );
  return viewAfter(observed, deps, options);
}

export function stopStep(
  { id, name, role }: NodeView,
  { runtime }: Pick<Collaborators, "runtime">,
): Step {
  return {
    id: `stop:${name}`,
    title: `Stop ${role} ${name}`,
    run: ({ signal }) => runtime.containers.stop(id, { signal }),
  };
}

/** Freezes all nodes, or lets them go on. @throws `UNSUPPORTED` where the runtime cannot. */
export async function pauseCluster(
  name: string,
  pause: boolean,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ClusterView> {
  const observed = await membersNamed(name, deps, options);
  requireServer(observed);
  const from = pause ? "running" : "paused";
  const steps = observed.nodes
    .filter(({ status, role }) => status === from && role !== "registry")
    .map(({ id, name: node, role }): Step => ({
      id: `pause:${node}`,
      title: `${pause ? "Pause" : "Resume"} ${role} ${node}`,
      run: ({ signal }) => deps.runtime.containers[pause ? "pause" : "unpause"](id, { signal }),
      undo: ({ signal }) => deps.runtime.containers[pause ? "unpause" : "pause"](id, { signal }),
    }));
  await runSteps(steps, { ...deps, ...options });
  return viewAfter(observed, deps, options);
}
