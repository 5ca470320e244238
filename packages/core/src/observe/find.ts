import { K3dError } from "../errors/index.js";
import { nearest } from "../filters/nearest.js";
import { OBJECT_PREFIX } from "../model/names.js";
import type { ClusterView, NodeView } from "../node/views.js";

const PREFIX = `${OBJECT_PREFIX}-`;

/** The one rule by which a name finds an object: as it is, else with the prefix `k3d-`, else without it. */
export function byName<T extends { name: string }>(
  name: string,
  objects: readonly T[],
): T | undefined {
  const candidates = [
    name,
    `${PREFIX}${name}`,
    ...(name.startsWith(PREFIX) ? [name.slice(PREFIX.length)] : []),
  ];
  for (const candidate of candidates) {
    const found = objects.find((object) => object.name === candidate);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @throws `NOT_FOUND` that names the nearest one, or all there are. */
export function findCluster(name: string, clusters: readonly ClusterView[]): ClusterView {
  return (
    byName(name, clusters) ??
    missing(
      "Cluster",
      name,
      clusters.map((cluster) => cluster.name),
      "k3d cluster create",
    )
  );
}

/** @throws `NOT_FOUND` that names the nearest one, or all there are. */
export function findNode<T extends NodeView>(name: string, nodes: readonly T[]): T {
  return (
    byName(name, nodes) ??
    missing(
      "Node",
      name,
      nodes.map((node) => node.name),
      "k3d node create",
    )
  );
}

/** Names that are listed in a hint; more would not be read. */
const LISTED = 8;

function missing(what: "Cluster" | "Node", name: string, names: string[], create: string): never {
  const kind = what.toLowerCase();
  const near = nearest(
    name,
    names.flatMap((known) => [known, known.replace(PREFIX, "")]),
  );
  const all =
    names.length > LISTED
      ? `See what there is with: k3d ${kind} list`
      : `${what}s that exist: ${names.join(", ")}.`;
  const hint = names.length === 0 ? `There are no ${kind}s; create one with: ${create}` : all;
  throw new K3dError("NOT_FOUND", `${what} '${name}' does not exist`, {
    hint: near === undefined ? hint : `Did you mean '${near}'? ${hint}`,
  });
}

/** The server to ask: the initialising one, else one that runs, else any. */
export function anyServer<T extends NodeView>(nodes: readonly T[]): T | undefined {
  const servers = nodes.filter(({ role }) => role === "server");
  const running = servers.filter(({ status }) => status === "running");
  return (
    running.find(({ initServer }) => initServer) ??
    running[0] ??
    servers.find(({ initServer }) => initServer) ??
    servers[0]
  );
}
