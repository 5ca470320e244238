import { K3dError } from "../../errors/index.js";
import { LABELS } from "../../model/labels.js";
import { originalName } from "../../model/names.js";
import { creatorOf } from "../../node/creation.js";
import { observeCluster } from "../../observe/cluster.js";
import type { ObservedCluster, ObservedNode } from "../../plan/observed.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { removeAsideStep } from "../../steps/replace.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";
import { observeNamed } from "./observe-current.js";

/** The cluster as it is once {@link settleReplacements} is done with it. @throws `NOT_FOUND`, with the nearest name. */
export async function observeSettled(
  name: string,
  deps: Collaborators,
  options: OperationOptions,
): Promise<ObservedCluster> {
  return settleReplacements(await observeNamed(name, deps, options), deps, options);
}

/**
 * Settles what a killed command left between an old container and its replacement. An old one whose
 * new one was not made, or never started and so may lack anything, is put back. A new one that was
 * started has everything, and the old one goes.
 *
 * @returns the cluster as it is then.
 */
export async function settleReplacements(
  observed: ObservedCluster,
  deps: Collaborators,
  { signal }: OperationOptions,
): Promise<ObservedCluster> {
  if (deps.settings.hookOf === observed.name) return withoutReplaced(observed);
  await refuseOthers(observed, deps);
  const steps = observed.nodes.flatMap((old): Step[] => {
    const name = originalName(old.name);
    if (name === undefined) return [];
    const made = observed.nodes.find((node) => node.name === name);
    return made === undefined || made.status === "created"
      ? [putBackStep(old, name, made, deps)]
      : [removeAsideStep({ ...old, name }, deps)];
  });
  if (steps.length === 0) return observed;
  await runSteps(steps, { ...deps, signal, rollback: false });
  return (await observeCluster(deps.runtime, observed.name, { signal })) ?? observed;
}

/** The cluster without containers that others have taken the place of; for looks, and for a hook, whose caller settles them. */
export function withoutReplaced(observed: ObservedCluster): ObservedCluster {
  const { view, nodes } = observed;
  const isReplaced = (name: string): boolean =>
    nodes.some((node) => node.name === originalName(name));
  const kept = <Node extends { name: string }>(all: readonly Node[]): Node[] =>
    all.filter(({ name }) => !isReplaced(name));
  return { ...observed, nodes: kept(nodes), view: { ...view, nodes: kept(view.nodes) } };
}

/** @throws `LOCKED` while another command, of whichever user, is about to replace a container. */
async function refuseOthers(
  { name, nodes }: ObservedCluster,
  { settings: { process } }: Pick<Collaborators, "settings">,
): Promise<void> {
  for (const old of nodes) {
    const made = nodes.find((node) => node.name === originalName(old.name));
    const maker = creatorOf(made?.labels[LABELS.operation]);
    if (maker === undefined || maker === process?.id) continue;
    if ((await process?.isRunning(maker, made?.created)) !== true) continue;
    throw new K3dError("LOCKED", `Another command is changing cluster '${name}'`, {
      hint: `Wait until it is done, and try again; it is the process ${maker}.`,
    });
  }
}

function putBackStep(
  { id, role }: ObservedNode,
  name: string,
  made: ObservedNode | undefined,
  deps: Collaborators,
): Step {
  return {
    id: `put-back:${name}`,
    title: `Put back ${role} ${name}, whose replacement was never finished`,
    run: async (context) => {
      if (made !== undefined) await removeAsideStep(made, deps).run(context);
      await deps.runtime.containers.rename(id, name, { signal: context.signal });
    },
  };
}
