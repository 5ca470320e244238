/** Plain data with names, as read from YAML. */
export type Tree = Record<string, unknown>;

export function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * `value` without `undefined`, `null` and objects that are empty then; arrays
 * keep their entries. `undefined` when nothing is left.
 */
export function compact(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (Array.isArray(value)) return value.map((item) => compact(item) ?? null);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).flatMap(([key, entry]) => {
    const left = compact(entry);
    return left === undefined || (isEmptyTree(left) && !isEmptyTree(entry)) ? [] : [[key, left]];
  });
  return Object.fromEntries(kept);
}

const isEmptyTree = (value: unknown): boolean => isTree(value) && Object.keys(value).length === 0;

/** `a.b[0].c` of `["a", "b", 0, "c"]`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys.reduce<string>(
    (path, key) =>
      typeof key === "number" ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`,
    "",
  );
}

/** `["a", "b", 0, "c"]` of `a.b[0].c`. */
export function parsePath(path: string): (string | number)[] {
  return [...path.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([word, index]) =>
    index === undefined ? word : Number(index),
  );
}

/** What stands at a path of names, e.g. `options.k3d.wait`. */
export function valueAt(tree: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((node, name) => (isTree(node) ? node[name] : undefined), tree);
}

/** Sets what stands at a path of names; fields of an object that is there already are kept. */
export function setValueAt(tree: Tree, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? path;
  let node = tree;
  for (const name of names) {
    const next = node[name];
    node = isTree(next) ? next : (node[name] = {} as Tree);
  }
  const before = node[last];
  node[last] = isTree(before) && isTree(value) ? { ...before, ...value } : value;
}
