import { asideName } from "../../model/names.js";
import { observeCluster } from "../../observe/cluster.js";
import type { ObservedCluster } from "../../plan/observed.js";
import { runSteps, type Step } from "../../steps/graph.js";
import { removeAsideStep } from "../../steps/replace.js";
import type { Collaborators } from "../../steps/world.js";
import type { OperationOptions } from "../options.js";

/**
 * Settles what a killed command left between an old container and its replacement. A new one that was
 * never started may lack anything: the old one is put back. One that was started has everything, and
 * the old one goes.
 *
 * @returns the cluster as it is then.
 */
export async function settleReplacements(
  observed: ObservedCluster,
  deps: Collaborators,
  { signal }: OperationOptions,
): Promise<ObservedCluster> {
  const { runtime } = deps;
  const steps = observed.nodes.flatMap(({ id, name, role, status }): Step[] => {
    const old = observed.nodes.find((node) => node.name === asideName(name));
    if (old === undefined) return [];
    if (status !== "created") return [removeAsideStep({ id: old.id, name, role }, deps)];
    const unfinished = removeAsideStep({ id, name, role }, deps);
    return [
      {
        id: `put-back:${name}`,
        title: `Put back ${role} ${name}, whose replacement was never finished`,
        run: async (context) => {
          await unfinished.run(context);
          await runtime.containers.rename(old.id, name, { signal: context.signal });
        },
      },
    ];
  });
  if (steps.length === 0) return observed;
  await runSteps(steps, { ...deps, signal, rollback: false });
  return (await observeCluster(runtime, observed.name, { signal })) ?? observed;
}
