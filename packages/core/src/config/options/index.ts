import { type ConfigVersion, CONFIG_VERSIONS } from "../versions.js";
import { CLUSTER_OPTIONS, CREATION_OPTIONS, KUBECONFIG_OPTIONS } from "./cluster.js";
import { FORMER_OPTIONS } from "./former.js";
import { MACHINE_OPTIONS } from "./machines.js";
import { HOOK_OPTIONS } from "./hooks.js";
import { NETWORK_OPTIONS } from "./network.js";
import { NODE_OPTIONS } from "./nodes.js";
import type { Option } from "./option.js";
import { REGISTRY_OPTIONS } from "./registries.js";
import { STORAGE_OPTIONS } from "./storage.js";

export type { HookConfig } from "./hooks.js";
export type { FileWithFilters } from "./storage.js";
export type { FilteredEntries, Option, OptionFlag } from "./option.js";

const ROWS = [
  ...CLUSTER_OPTIONS,
  ...NETWORK_OPTIONS,
  ...STORAGE_OPTIONS,
  ...NODE_OPTIONS,
  ...MACHINE_OPTIONS,
  ...REGISTRY_OPTIONS,
  ...HOOK_OPTIONS,
  ...CREATION_OPTIONS,
  ...KUBECONFIG_OPTIONS,
] as const;

/** A row of the current version, with its types. */
export type OptionRow = (typeof ROWS)[number];

/**
 * Every option of `cluster create`, in the order of a config file. From this
 * table come the schemas of all versions, the types of the config, flags,
 * variables, defaults, checks, `config init` and the reference.
 */
export const OPTIONS: readonly Option[] = [...ROWS, ...FORMER_OPTIONS].toSorted(
  (a, b) => rank(a) - rank(b),
);

/** `options` stands at the end of a file, and a section before what is in it. */
function rank({ field, section = false }: Option): number {
  if (!field.startsWith("options")) return 0;
  return section ? field.split(".").length : ["k3d", "k3s", "kubeconfig", "runtime"].length + 1;
}

/** Whether files of that version have the option. */
export function isInVersion({ since, until }: Option, version: ConfigVersion): boolean {
  const at = CONFIG_VERSIONS.indexOf(version);
  return (
    (since === undefined || CONFIG_VERSIONS.indexOf(since) <= at) &&
    (until === undefined || CONFIG_VERSIONS.indexOf(until) >= at)
  );
}

/** The options of the current version. */
export const CURRENT_OPTIONS: readonly Option[] = OPTIONS.filter(
  ({ until }) => until === undefined,
);

/** Whether `path` is `field` or a part of it. */
export function isBelow(path: string, field: string): boolean {
  return (
    path.startsWith(field) &&
    (path.length === field.length || path[field.length] === "." || path[field.length] === "[")
  );
}
