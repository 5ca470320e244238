import type { Role } from "../model/index.js";
import {
  type FilterSuffix,
  type GroupFilter,
  type NodeFilter,
  parseNodeFilter,
} from "./node-filter.js";
import { syntaxError } from "./syntax-error.js";

/** What a filter is matched against. */
export interface SelectableNode {
  name: string;
  role: Role;
  /** Number of the node within its role, from 0. */
  index: number;
}

export interface SelectOptions {
  /** Suffixes that make sense here. Default: none, so that any suffix is an error. */
  suffixes?: readonly FilterSuffix[];
}

/** Nodes that share a suffix. */
export interface SelectedGroup<T> {
  suffix?: FilterSuffix;
  nodes: T[];
}

export interface Selection<T> {
  /** Every selected node once, in the order of the nodes given. */
  nodes: T[];
  /** The same by suffix, in the order in which the filters first name each; groups may be empty. */
  groups: SelectedGroup<T>[];
}

/**
 * The nodes that at least one filter names.
 *
 * No filters select nothing: what that means differs from option to option
 * and is the caller's to say. A whole group without members (`agent:*` in a
 * cluster without agents) adds nothing to what the other filters select, as in
 * k3d v5; filters that select nothing at all, and a number or name that no node
 * has, are errors.
 *
 * @throws `INVALID_INPUT` for a filter that cannot be parsed, names a node that
 * is not there, or has a suffix that means nothing here, and when no node is selected.
 */
export function selectNodes<T extends SelectableNode>(
  filters: readonly (string | NodeFilter)[],
  nodes: readonly T[],
  { suffixes = [] }: SelectOptions = {},
): Selection<T> {
  const bySuffix = new Map<FilterSuffix | undefined, Set<T>>();
  const parsed = filters.map((given) =>
    typeof given === "string" ? parseNodeFilter(given) : given,
  );
  for (const filter of parsed) {
    checkSuffix(filter, suffixes);
    const selected = bySuffix.get(filter.suffix) ?? new Set<T>();
    for (const node of matching(filter, nodes)) selected.add(node);
    bySuffix.set(filter.suffix, selected);
  }
  const [first] = parsed;
  if (first !== undefined && [...bySuffix.values()].every(({ size }) => size === 0)) {
    const groups = new Set(parsed.map((filter) => groupOf(filter)));
    throw missing(first, 0, `there is no node in the group ${[...groups].join(" or ")}`, nodes);
  }
  const inOrder = (selected: Set<T>): T[] => nodes.filter((node) => selected.has(node));
  return {
    nodes: inOrder(new Set([...bySuffix.values()].flatMap((selected) => [...selected]))),
    groups: [...bySuffix].map(([suffix, selected]) => ({
      suffix,
      nodes: inOrder(selected),
    })),
  };
}

const groupOf = (filter: NodeFilter): string =>
  filter.kind === "group" ? filter.group : filter.name;

function checkSuffix(filter: NodeFilter, suffixes: readonly FilterSuffix[]): void {
  if (filter.suffix === undefined || suffixes.includes(filter.suffix)) return;
  throw syntaxError({
    what: "node filter",
    text: filter.text,
    at: filter.suffixAt ?? filter.text.length,
    reason: `the suffix "${filter.suffix}" means nothing here`,
    hint:
      suffixes.length === 0
        ? "Only filters of ports take a suffix."
        : `Use one of: ${suffixes.join(", ")}.`,
  });
}

function matching<T extends SelectableNode>(filter: NodeFilter, nodes: readonly T[]): readonly T[] {
  if (filter.kind === "name") {
    const node = nodes.find(({ name }) => name === filter.name);
    if (node === undefined) throw missing(filter, 0, `there is no node "${filter.name}"`, nodes);
    return [node];
  }
  if (filter.group === "all") return nodes;
  const members = nodes
    .filter(({ role }) => role === filter.group)
    .toSorted((a, b) => a.index - b.index);
  if (filter.group === "loadbalancer" && members.length === 0) {
    throw missing(filter, 0, "the cluster has no load balancer", nodes);
  }
  return filter.subset === undefined ? members : subsetOf(filter, filter.subset, members);
}

function subsetOf<T extends SelectableNode>(
  filter: GroupFilter,
  subset: NonNullable<GroupFilter["subset"]>,
  members: readonly T[],
): readonly T[] {
  const known = new Set(members.map(({ index }) => index));
  for (const { from, to, at } of subset) {
    for (const index of [from, to]) {
      if (index !== undefined && !known.has(index)) {
        throw missing(filter, at, `there is no ${filter.group} ${index}`, members);
      }
    }
  }
  return members.filter(({ index }) =>
    subset.some(
      ({ from, to }) => index >= (from ?? 0) && index <= (to ?? Number.POSITIVE_INFINITY),
    ),
  );
}

function missing(
  filter: NodeFilter,
  at: number,
  reason: string,
  nodes: readonly SelectableNode[],
): Error {
  const names = nodes.map(({ name }) => name);
  const shown = names.length > 8 ? [...names.slice(0, 8), "…"] : names;
  const hint =
    names.length === 0
      ? `The cluster has no ${filter.kind === "group" ? `${filter.group} nodes` : "such nodes"}.`
      : `Nodes to choose from: ${shown.join(", ")}.`;
  return syntaxError({ what: "node filter", text: filter.text, at, reason, hint });
}
