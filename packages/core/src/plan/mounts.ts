import type { ResolvedConfig } from "../config/resolved-config.js";
import { selectNodes } from "../filters/select.js";
import type { NodeDefinition } from "../node/node-definition.js";

/** Adds the mounts of `volumes` to the nodes they are for: all of them without a filter. */
export function nodeMounts(config: ResolvedConfig, nodes: readonly NodeDefinition[]): void {
  for (const { mount, filters } of config.volumes) {
    const { type, source, destination, options } = mount;
    const targets = filters.length === 0 ? nodes : selectNodes(filters, nodes).nodes;
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
