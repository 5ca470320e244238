import { compareNames, K3dError, nearest } from "@k3d/core";

/**
 * The named items in the order of the names, or all of them by name where none is given.
 *
 * @param kind what they are, for the message: `cluster`, `node`
 * @throws K3dError `NOT_FOUND` naming all that are missing
 */
export function pick<T extends { name: string }>(
  items: readonly T[],
  names: readonly string[],
  kind: string,
): T[] {
  if (names.length === 0) return items.toSorted((a, b) => compareNames(a.name, b.name));
  const byName = new Map(items.map((item) => [item.name, item]));
  const missing = names.filter((name) => !byName.has(name));
  if (missing.length > 0) throw notFound(missing, [...byName.keys()], kind);
  return [...new Set(names)].flatMap((name) => byName.get(name) ?? []);
}

function notFound(missing: readonly string[], known: readonly string[], kind: string): K3dError {
  const suggestion = nearest(missing[0] ?? "", known);
  const noun = missing.length === 1 ? kind : `${kind}s`;
  const list = `k3d ${kind} list shows what is there`;
  return new K3dError("NOT_FOUND", `No ${noun} ${missing.map((name) => `"${name}"`).join(", ")}`, {
    hint: suggestion === undefined ? list : `Did you mean ${suggestion}? ${list}`,
  });
}
