import { type SelectOptions, parseNodeFilter, selectNodes } from "../filters/index.js";
import type { ProblemCollector } from "./problems.js";
import type { SimpleConfig } from "./simple-config.js";
import type { Skeleton } from "./skeleton.js";

interface FilteredEntry {
  path: string;
  /** The entry in the words of a message, e.g. `Environment variable "A"`. */
  label: string;
  nodeFilters: readonly string[];
  kind: "port" | "file" | "volume" | "single";
  flag?: string;
}

/** Checks the node filters of every entry against the nodes there will be. */
export function checkNodeFilters(
  config: SimpleConfig,
  skeleton: Skeleton,
  problems: ProblemCollector,
): void {
  for (const entry of filteredEntries(config)) {
    if (entry.nodeFilters.length === 0) checkUnfiltered(entry, skeleton, problems);
    for (const [index, text] of entry.nodeFilters.entries()) {
      const path = `${entry.path}.nodeFilters[${index}]`;
      checkFilter(text, path, entry, skeleton, problems);
    }
  }
}

function checkUnfiltered(
  entry: FilteredEntry,
  { k3sNodes }: Skeleton,
  problems: ProblemCollector,
): void {
  if (entry.kind !== "single" || k3sNodes === 1) return;
  problems.add(
    "INVALID_INPUT",
    entry.path,
    `${entry.label} says no node, but the cluster has ${k3sNodes}`,
    `Add a node filter, for example ${entry.flag ?? ""} VALUE@server:0 or VALUE@all.`,
  );
}

function checkFilter(
  text: string,
  path: string,
  { kind, label }: FilteredEntry,
  { nodes, loadBalancer }: Skeleton,
  problems: ProblemCollector,
): void {
  const filter = problems.collect(path, () => parseNodeFilter(text));
  if (filter === undefined) return;
  const onLoadBalancer = filter.kind === "group" && filter.group === "loadbalancer";
  if (!loadBalancer && (onLoadBalancer || filter.suffix === "proxy")) {
    problems.add(
      "CONFLICTING_OPTIONS",
      path,
      `${label} is for the load balancer (node filter "${text}"), but the cluster has none`,
      'Keep the load balancer, or use another node filter, for example "server:0:direct" for a port.',
    );
    return;
  }
  const options: SelectOptions = kind === "port" ? { suffixes: ["proxy", "direct"] } : {};
  problems.collect(path, () => selectNodes([filter], nodes, options));
}

function filteredEntries(config: SimpleConfig): FilteredEntry[] {
  const { k3s, runtime } = config.options ?? {};
  return [
    ...entries(config.ports, "ports", "port", ({ port }) => `Port ${port}`),
    ...entries(config.volumes, "volumes", "volume", ({ volume }) => `Volume ${volume}`),
    ...entries(config.files, "files", "file", ({ destination }) => `File ${destination}`),
    ...entries(
      config.env,
      "env",
      "single",
      ({ envVar }) => `Environment variable ${nameOf(envVar)}`,
      "--env",
    ),
    ...entries(
      k3s?.extraArgs,
      "options.k3s.extraArgs",
      "single",
      ({ arg }) => `k3s argument ${nameOf(arg)}`,
      "--k3s-arg",
    ),
    ...entries(
      k3s?.nodeLabels,
      "options.k3s.nodeLabels",
      "single",
      ({ label }) => `Node label ${label}`,
      "--k3s-node-label",
    ),
    ...entries(
      runtime?.labels,
      "options.runtime.labels",
      "single",
      ({ label }) => `Runtime label ${label}`,
      "--runtime-label",
    ),
  ];
}

/** The name alone: the value may be a secret. */
const nameOf = (text: string): string => text.split("=", 1)[0] ?? text;

function entries<T extends { nodeFilters?: string[] }>(
  list: readonly T[] | undefined,
  path: string,
  kind: FilteredEntry["kind"],
  label: (entry: T) => string,
  flag?: string,
): FilteredEntry[] {
  return (list ?? []).map((entry, index) => ({
    path: `${path}[${index}]`,
    label: label(entry),
    nodeFilters: entry.nodeFilters ?? [],
    kind,
    ...(flag === undefined ? {} : { flag }),
  }));
}
