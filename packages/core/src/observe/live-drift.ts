import { fewAtOnce } from "../model/few-at-once.js";
import { LABELS } from "../model/labels.js";
import { runsK3s } from "../model/roles.js";
import type { NodeView } from "../node/views.js";
import type { DesiredCluster, DesiredNode } from "../plan/desired.js";
import type { LiveDrift, NodeDrift } from "../plan/live-drift.js";
import type { ObservedCluster, ObservedNode } from "../plan/observed.js";
import type { CallOptions } from "../runtime/common.js";
import type { ContainerRuntime } from "../runtime/runtime.js";
import { hookCauses, readHooks } from "./kept-hooks.js";
import { type NodeRegistryFiles, registryNodeDrift, unwantedRegistries } from "./registry-drift.js";

/** In what a cluster differs from its config file that no inspection tells: read from the nodes, whoever changed it. */
export async function liveDrift(
  desired: DesiredCluster,
  observed: ObservedCluster,
  known: { registries: readonly NodeView[]; files: NodeRegistryFiles },
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<LiveDrift> {
  const drifts = await fewAtOnce(desired.nodes.filter(runsK3s), async (node) => {
    const found =
      observed.nodes.find(({ name }) => name === node.name) ??
      observed.nodes.find(({ info }) => info.hostname === node.name);
    const texts = found === undefined ? undefined : known.files.get(found.name);
    if (found === undefined || texts === undefined) return [];
    const [registries, hooks] = await Promise.all([
      registryNodeDrift(node, found, texts, runtime, options),
      hookDrift(node, found, runtime, options),
    ]);
    const drift: NodeDrift = { ...registries, causes: [...registries.causes, ...hooks] };
    return drift.causes.length === 0 ? [] : [[node.name, drift] as const];
  });
  return {
    nodes: new Map(drifts.flat()),
    unwantedRegistries: await unwantedRegistries(
      desired,
      observed,
      known.registries,
      runtime,
      options,
    ),
  };
}

async function hookDrift(
  { role, spec }: DesiredNode,
  found: ObservedNode,
  runtime: ContainerRuntime,
  options: CallOptions,
): Promise<string[]> {
  if (role !== "server") return [];
  return hookCauses(await readHooks(runtime, found, options), spec.labels[LABELS.hooks]);
}
