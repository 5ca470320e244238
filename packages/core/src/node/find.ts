import { isK3dError, K3dError } from "../errors/index.js";
import { nearest } from "../model/nearest.js";
import { OBJECT_PREFIX } from "../model/names.js";
import type { ClusterView, NodeView } from "./views.js";

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
  const found = byName(name, clusters);
  if (found !== undefined) return found;
  throw missing("cluster", [name], clusters);
}

/** @throws `NOT_FOUND` that names the nearest one, or all there are. */
export function findNode<T extends NodeView>(name: string, nodes: readonly T[]): T {
  const found = byName(name, nodes);
  if (found !== undefined) return found;
  throw missing("node", [name], nodes);
}

/** What commands find by a name of the user's. */
export type NamedKind = "cluster" | "network" | "node" | "registry" | "volume";

const PLURALS: Readonly<Record<NamedKind, string>> = {
  cluster: "clusters",
  network: "networks",
  node: "nodes",
  registry: "registries",
  volume: "volumes",
};

/** Names that are listed in a hint; more would not be read. */
const LISTED = 8;

/**
 * The error for names that find nothing: `NOT_FOUND` with what there is in its hint, what was looked
 * for in `details.missing`, and the name that is nearest to the first also in `details.nearest`.
 */
export function missing(
  kind: NamedKind,
  names: readonly string[],
  objects: readonly { name: string }[],
): K3dError {
  const [first = ""] = names;
  const known = objects.map(({ name }) => name);
  const near = nearest(
    first,
    known.flatMap((name) => [name, name.replace(PREFIX, "")]),
  );
  const plural = PLURALS[kind];
  const what = capital(names.length === 1 ? kind : plural);
  const quoted = names.map((name) => `'${name}'`).join(", ");
  return new K3dError(
    "NOT_FOUND",
    `${what} ${quoted} ${names.length === 1 ? "does" : "do"} not exist`,
    near === undefined
      ? { hint: there(), details: { missing: kind } }
      : { hint: `Did you mean '${near}'? ${there()}`, details: { missing: kind, nearest: near } },
  );

  function there(): string {
    if (known.length === 0) return `There are no ${plural}; create one with: k3d ${kind} create`;
    if (known.length > LISTED) return `See what there is with: k3d ${kind} list`;
    return `${capital(plural)} that exist: ${known.join(", ")}.`;
  }
}

/**
 * Whether an operation failed because what its user named is not there. Something else that is not
 * found (a docker context, an object that another command removed) is `NOT_FOUND` too.
 */
export function isMissing(error: unknown, kind: NamedKind): error is K3dError {
  return isK3dError(error, "NOT_FOUND") && error.details?.missing === kind;
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
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

/** The initialising server, else the first one. */
export function firstServer<T extends NodeView>(nodes: readonly T[]): T | undefined {
  const servers = nodes.filter(({ role }) => role === "server");
  return servers.find(({ initServer }) => initServer) ?? servers[0];
}
