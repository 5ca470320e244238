import type { ResolvedConfig } from "../config/simple-config.js";
import { parseVolumeSpec } from "../config/volumes.js";
import { selectNodes } from "../filters/select.js";
import type { NodeDefinition } from "../node/node-definition.js";

/** Adds the mounts of `volumes` to the nodes they are for: all of them without a filter. */
export function nodeMounts(config: ResolvedConfig, nodes: readonly NodeDefinition[]): void {
  for (const { volume, nodeFilters = [] } of config.volumes) {
    const { type, source, destination, options } = parseVolumeSpec(volume);
    const targets = nodeFilters.length === 0 ? nodes : selectNodes(nodeFilters, nodes).nodes;
    for (const node of targets) {
      node.mounts.push({
        type,
        source,
        destination,
        ...(options.length > 0 ? { options } : {}),
      });
    }
  }
}
