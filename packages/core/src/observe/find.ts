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

type Kind = "cluster" | "node";

/** @throws `NOT_FOUND` that names the nearest one, or all there are. */
export const findCluster = (name: string, clusters: readonly ClusterView[]): ClusterView =>
  findNamed(name, clusters, "cluster");

/** @throws `NOT_FOUND` that names the nearest one, or all there are. */
export const findNode = <T extends NodeView>(name: string, nodes: readonly T[]): T =>
  findNamed(name, nodes, "node");

function findNamed<T extends { name: string }>(name: string, items: readonly T[], kind: Kind): T {
  const found = byName(name, items);
  if (found === undefined) throw notFound([name], items, kind);
  return found;
}

/**
 * The named ones, each once, in the order of the names.
 *
 * @throws `NOT_FOUND` for all that are missing, with the name nearest to the first one.
 */
export function findAll<T extends { name: string }>(
  names: readonly string[],
  items: readonly T[],
  kind: Kind,
): T[] {
  const missing = names.filter((name) => byName(name, items) === undefined);
  if (missing.length > 0) throw notFound(missing, items, kind);
  return [...new Set(names.flatMap((name) => byName(name, items) ?? []))];
}

/** Names that are listed in a hint; more would not be read. */
const LISTED = 8;

function notFound(
  missing: readonly string[],
  items: readonly { name: string }[],
  kind: Kind,
): K3dError {
  const names = items.map(({ name }) => name);
  const what = kind === "cluster" ? "Cluster" : "Node";
  const near = nearest(
    missing[0] ?? "",
    names.flatMap((known) => [known, known.replace(PREFIX, "")]),
  );
  const all =
    names.length > LISTED
      ? `See what there is with: k3d ${kind} list`
      : `${what}s that exist: ${names.join(", ")}.`;
  const hint =
    names.length === 0 ? `There are no ${kind}s; create one with: k3d ${kind} create` : all;
  const quoted = missing.map((name) => `'${name}'`).join(", ");
  const message =
    missing.length === 1 ? `${what} ${quoted} does not exist` : `${what}s ${quoted} do not exist`;
  return new K3dError("NOT_FOUND", message, {
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
