import { K3dError } from "../../errors/index.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { patient } from "../../steps/patience.js";
import type { Collaborators } from "../../steps/world.js";
import { withHooks } from "../lifecycle/index.js";
import type { HookOptions, OperationOptions } from "../options.js";
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
    if (after !== view) requireStopped(view.nodes, after.nodes);
    return after;
  });
}

/** @throws `RUNTIME_ERROR` when one of these runs on, whatever the engine had answered. */
export function requireStopped(stopped: readonly NodeView[], now: readonly NodeView[]): void {
  const running = now.filter(
    ({ id, status }) => status === "running" && stopped.some((node) => node.id === id),
  );
  if (running.length === 0) return;
  const names = running.map(({ name }) => name).join(", ");
  throw new K3dError(
    "RUNTIME_ERROR",
    `${names} still ${running.length === 1 ? "runs" : "run"}, although the engine told of no failure to stop it`,
    { hint: "Try it again; if that does not help, look at the engine's own log." },
  );
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
  const view = await viewNamed(name, deps, options);
  requireServer(view);
  const from = pause ? "running" : "paused";
  const steps = view.nodes
    .filter(({ status, role }) => status === from && role !== "registry")
    .map(({ id, name: node, role }): Step => ({
      id: `pause:${node}`,
      title: `${pause ? "Pause" : "Resume"} ${role} ${node}`,
      run: ({ signal }) =>
        deps.runtime.containers[pause ? "pause" : "unpause"](id, { signal: patient(signal) }),
      undo: ({ signal }) => deps.runtime.containers[pause ? "unpause" : "pause"](id, { signal }),
    }));
  await runSteps(steps, { ...deps, ...options });
  return viewAfter({ name: view.name, view }, deps, options);
}
