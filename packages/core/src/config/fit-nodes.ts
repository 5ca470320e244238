import {
  formatNodeFilter,
  type GroupFilter,
  type NodeFilter,
  parseNodeFilter,
} from "../filters/index.js";
import { CURRENT_OPTIONS } from "./options/index.js";
import type { Filtered } from "./schema/json-schema.js";
import type { SimpleConfig } from "./simple-config.js";
import { setValueAt, type Tree, valueAt } from "./tree.js";

/** How many nodes of each role there will be. */
export type NodeCounts = Record<"server" | "agent", number>;

/** A config whose node filters name only nodes that there will be. */
export interface FittedConfig {
  config: SimpleConfig;
  /** Entries of lists that were for other nodes only: the list, the entry, and what it is in words. */
  dropped: { field: string; entry: unknown; what: string }[];
}

/**
 * Takes the nodes that there will not be out of a config's node filters, and with them the entries
 * that were for no other. For the config of another cluster: in one that somebody wrote, a filter for
 * a node that is not there is a slip.
 */
export function fitToNodes(config: SimpleConfig, counts: NodeCounts): FittedConfig {
  const fitted = structuredClone(config) as SimpleConfig & Tree;
  const dropped: FittedConfig["dropped"] = [];
  for (const { field, filtered } of CURRENT_OPTIONS) {
    const entries = valueAt(config, field) as Filtered<string>[] | undefined;
    if (filtered === undefined || entries === undefined) continue;
    const kept = entries.flatMap((entry) => {
      const { nodeFilters = [] } = entry;
      const present = nodeFilters.flatMap((text) => fittedFilter(text, counts) ?? []);
      // Without a filter it would be for all.
      if (present.length > 0 || nodeFilters.length === 0)
        return [nodeFilters.length === 0 ? entry : { ...entry, nodeFilters: present }];
      const value = filtered.describe(entry[filtered.key] ?? "");
      dropped.push({ field, entry, what: `${value} (${nodeFilters.join(", ")})` });
      return [];
    });
    setValueAt(fitted, field, kept);
  }
  return { config: fitted, dropped };
}

/** The filter for those of its nodes that are there; `undefined` for none. */
function fittedFilter(text: string, counts: NodeCounts): string | undefined {
  const filter = parseNodeFilter(text);
  if (!isNumbered(filter)) return text;
  const count = counts[filter.group];
  if (count === 0) return undefined;
  if (filter.subset === undefined) return text;
  const subset = filter.subset
    .filter(({ from = 0 }) => from < count)
    .map((range) =>
      range.to === undefined ? range : { ...range, to: Math.min(range.to, count - 1) },
    );
  return subset.length === 0 ? undefined : formatNodeFilter({ ...filter, subset });
}

const isNumbered = (filter: NodeFilter): filter is GroupFilter & { group: keyof NodeCounts } =>
  filter.kind === "group" && (filter.group === "server" || filter.group === "agent");
