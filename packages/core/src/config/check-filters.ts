import {
  type NodeFilter,
  type SelectOptions,
  type SelectableNode,
  selectNodes,
} from "../filters/index.js";
import type { ParsedValues } from "./check-values.js";
import { CURRENT_OPTIONS, type FilteredEntries, type Option } from "./options/index.js";
import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import type { Filtered } from "./schema/json-schema.js";
import type { Skeleton } from "./skeleton.js";
import { valueAt } from "./tree.js";

interface Entry extends FilteredEntries {
  path: string;
  isNone: boolean;
  /** The entry in the words of a message, e.g. `Environment variable "A"`. */
  label: string;
  nodeFilters: readonly string[];
  filters: readonly NodeFilter[];
  flag: string | undefined;
}

/** Checks the node filters of every entry against the nodes there will be. */
export function checkNodeFilters(
  config: SimpleConfig,
  parsed: ParsedValues,
  skeleton: Skeleton,
  problems: ProblemCollector,
): void {
  for (const row of CURRENT_OPTIONS) {
    for (const entry of entriesOf(row, config, parsed)) {
      if (entry.nodeFilters.length === 0) checkUnfiltered(entry, skeleton, problems);
      else if (entry.filters.length === entry.nodeFilters.length)
        checkFilters(entry, skeleton, problems);
    }
  }
}

function entriesOf(
  { field, filtered, flag }: Option,
  config: SimpleConfig,
  parsed: ParsedValues,
): Entry[] {
  if (filtered === undefined) return [];
  const entries = (valueAt(config, field) ?? []) as Filtered<string>[];
  return entries.map((entry, index) => ({
    ...filtered,
    path: `${field}[${index}]`,
    isNone: filtered.emptyIsNone === true && entry[filtered.key] === "",
    label: filtered.describe(entry[filtered.key] ?? ""),
    nodeFilters: entry.nodeFilters ?? [],
    filters: parsed.filters(field)[index] ?? [],
    flag: flag?.name,
  }));
}

function checkUnfiltered(
  { unfiltered, isNone, path, label, flag }: Entry,
  { k3sNodes }: Skeleton,
  problems: ProblemCollector,
): void {
  if (unfiltered !== "one" || isNone || k3sNodes === 1) return;
  problems.add(
    "INVALID_INPUT",
    path,
    `${label} does not say which nodes it is for, but the cluster has ${k3sNodes}`,
    `Add a node filter, for example --${flag} VALUE@server:0 or VALUE@all.`,
  );
}

function checkFilters(entry: Entry, skeleton: Skeleton, problems: ProblemCollector): void {
  const { nodes, loadBalancer } = skeleton;
  const { path, label, suffixes, onlyK3s, filters } = entry;
  const options: SelectOptions = suffixes ? { suffixes: ["proxy", "direct"] } : {};
  const before = problems.problems.length;
  for (const [index, filter] of filters.entries()) {
    const place = `${path}.nodeFilters[${index}]`;
    const onLoadBalancer = filter.kind === "group" && filter.group === "loadbalancer";
    if (!loadBalancer && (onLoadBalancer || filter.suffix === "proxy")) {
      problems.add(
        "CONFLICTING_OPTIONS",
        place,
        `${label} is for the load balancer (node filter "${filter.text}"), but the cluster has none`,
        'Keep the load balancer, or use another node filter, for example "server:0:direct" for a port.',
      );
    } else if (!isWholeGroup(filter)) {
      problems.collect(place, () => selectNodes([filter], nodes, options));
    }
  }
  if (problems.problems.length > before) return;
  const selected = problems.collect(`${path}.nodeFilters[0]`, () =>
    selectNodes(filters, nodes, options),
  );
  if (selected !== undefined && onlyK3s === true && !selected.nodes.some(runsK3s)) {
    problems.add(
      "INVALID_INPUT",
      `${path}.nodeFilters[0]`,
      `${label} is for the load balancer only, which does not run k3s`,
      "Name servers or agents in the node filter.",
    );
  }
}

/** May be empty beside other filters. */
const isWholeGroup = (filter: NodeFilter): boolean =>
  filter.kind === "group" && filter.subset === undefined && filter.suffix === undefined;

const runsK3s = ({ role }: SelectableNode): boolean => role === "server" || role === "agent";
