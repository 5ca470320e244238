import { byName, compareNames, missing, type NamedKind } from "@k3d/core";

/**
 * The named items in the order of the names, or all of them by name where none is given.
 *
 * @throws K3dError `NOT_FOUND` naming all that are missing
 */
export function pick<T extends { name: string }>(
  items: readonly T[],
  names: readonly string[],
  kind: NamedKind,
): T[] {
  if (names.length === 0) return items.toSorted((a, b) => compareNames(a.name, b.name));
  const unknown = names.filter((name) => byName(name, items) === undefined);
  if (unknown.length > 0) throw missing(kind, unknown, items);
  return [...new Set(names.flatMap((name) => byName(name, items) ?? []))];
}
