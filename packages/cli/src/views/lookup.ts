import { byName, compareNames, findAll } from "@k3d/core";

/**
 * The named items in the order of the names, or all of them by name where none is given.
 *
 * @throws K3dError `NOT_FOUND` naming all that are missing
 */
export function pick<T extends { name: string }>(
  items: readonly T[],
  names: readonly string[],
  kind: "cluster" | "node",
): T[] {
  return names.length === 0
    ? items.toSorted((a, b) => compareNames(a.name, b.name))
    : findAll(names, items, kind);
}

/** The named ones that there are, or all of them: one that is watched may come and go. */
export function present<T extends { name: string }>(
  items: readonly T[],
  names: readonly string[],
): T[] {
  const all = items.toSorted((a, b) => compareNames(a.name, b.name));
  const wanted = new Set(names.map((name) => byName(name, items)));
  return names.length === 0 ? all : all.filter((item) => wanted.has(item));
}
