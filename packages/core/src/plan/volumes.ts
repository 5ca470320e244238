import type { ResolvedConfig } from "../config/resolved-config.js";
import { K3dError } from "../errors/index.js";
import type { ClusterContext } from "../node/node-definition.js";
import { objectLabels } from "../node/node-labels.js";
import type { DesiredNode, DesiredVolume } from "./desired.js";
import type { Facts } from "./facts.js";

/** Named volumes: ours are created and labelled, those that exist or belong to the user are left alone on delete. */
export function planVolumes(
  config: ResolvedConfig,
  context: ClusterContext,
  nodes: readonly DesiredNode[],
  facts: Facts,
): DesiredVolume[] {
  const names = new Set(
    nodes.flatMap(({ spec }) =>
      spec.mounts.flatMap(({ type, source }) =>
        type === "volume" && source !== undefined ? [source] : [],
      ),
    ),
  );
  const given = config.options.k3d.imageVolume;
  if (given !== undefined && !facts.existingVolumes.has(given)) {
    throw new K3dError("NOT_FOUND", `Image volume '${given}' does not exist`, {
      hint: "Create it first, or leave --image-volume out to get one for this cluster.",
    });
  }
  return [...names].map((name) => {
    const own = facts.existing?.ownVolumes.has(name) === true;
    if (facts.existingVolumes.has(name) && !own) return { name, action: "use", labels: {} };
    const ours = name.startsWith("k3d-");
    return { name, action: "create", labels: ours ? objectLabels(context) : {} };
  });
}
