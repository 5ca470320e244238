import { posix } from "node:path";
import { K3dError } from "../errors/index.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import { selectNodes } from "../filters/select.js";
import type { NodeDefinition } from "../node/node-definition.js";
import type { MountSpec } from "../runtime/container-spec.js";

/** Adds the mounts of `volumes` to the nodes they are for: all of them without a filter. */
export function nodeMounts(config: ResolvedConfig, nodes: readonly NodeDefinition[]): void {
  const places = new Map(nodes.map((node) => [node, mountsByPlace(node.mounts)]));
  for (const { mount, filters } of config.volumes) {
    const { type, source, destination, options } = mount;
    const place = placeOf(destination);
    const targets = filters.length === 0 ? nodes : selectNodes(filters, nodes).nodes;
    for (const node of targets) {
      const other = places.get(node)?.get(place);
      if (other !== undefined) {
        if (other.source === source && isSame(other.options, options)) continue;
        throw mountedTwice(node.name, destination, other.source, source);
      }
      const mounted = {
        type,
        source,
        destination,
        ...(options.length > 0 ? { options } : {}),
      };
      node.mounts.push(mounted);
      places.get(node)?.set(place, mounted);
    }
  }
}

/** A tmpfs of the node's own may be mounted over. */
function mountsByPlace(mounts: readonly MountSpec[]): Map<string, MountSpec> {
  const held = mounts.filter(({ type }) => type !== "tmpfs");
  return new Map(held.map((mount) => [placeOf(mount.destination), mount]));
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
