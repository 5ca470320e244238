import { posix } from "node:path";
import { K3dError } from "../errors/index.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import { selectNodes } from "../filters/select.js";
import type { NodeDefinition } from "../node/node-definition.js";

/** Adds the mounts of `volumes` to the nodes they are for: all of them without a filter. */
export function nodeMounts(config: ResolvedConfig, nodes: readonly NodeDefinition[]): void {
  for (const { mount, filters } of config.volumes) {
    const { type, source, destination, options } = mount;
    const targets = filters.length === 0 ? nodes : selectNodes(filters, nodes).nodes;
    for (const node of targets) {
      const other = node.mounts.find(
        (mounted) =>
          mounted.type !== "tmpfs" && placeOf(mounted.destination) === placeOf(destination),
      );
      if (other !== undefined) {
        if (other.source === source && isSame(other.options, options)) continue;
        throw mountedTwice(node.name, destination, other.source, source);
      }
      node.mounts.push({
        type,
        source,
        destination,
        ...(options.length > 0 ? { options } : {}),
      });
    }
  }
}

const placeOf = (destination: string): string => posix.resolve("/", destination);

const isSame = (some: readonly string[] = [], others: readonly string[] = []): boolean =>
  some.toSorted().join() === others.toSorted().join();

/** Engines refuse it as well, when a part of the cluster is made already. */
function mountedTwice(
  node: string,
  destination: string,
  one: string | undefined,
  other: string,
): K3dError {
  const sources =
    one === undefined || one === other ? `'${other}' with other modes` : `'${one}' and '${other}'`;
  return new K3dError(
    "CONFLICTING_OPTIONS",
    `Two volumes are mounted at ${destination} of node '${node}': ${sources}`,
    { hint: "Leave one of them out, or mount it at another place." },
  );
}
