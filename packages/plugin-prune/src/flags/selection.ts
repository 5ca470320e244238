import { parsePruneFilter } from "../operations/filters.js";
import { PRUNE_KINDS, type PruneKind, type PruneSelection } from "../operations/operations.js";
import { repeated } from "@k3d/plugin-kit";
import * as Flags from "@oclif/core/flags";

const WHAT = "WHAT TO REMOVE";

/** Flags that choose what to prune. */
export const selectionFlags = {
  clusters: Flags.boolean({ summary: "What killed commands left of clusters", helpGroup: WHAT }),
  nodes: Flags.boolean({
    summary: "Nodes without cluster, tools containers that have ended",
    helpGroup: WHAT,
  }),
  registries: Flags.boolean({
    summary: "Registries that do not run or lost their cluster, and that no cluster uses",
    helpGroup: WHAT,
  }),
  networks: Flags.boolean({
    summary: "Networks without members whose cluster is gone",
    helpGroup: WHAT,
  }),
  volumes: Flags.boolean({
    summary: "Volumes that no container mounts and whose cluster is gone",
    helpGroup: WHAT,
  }),
  images: Flags.boolean({
    summary: "Node and helper images that no container uses",
    helpGroup: WHAT,
  }),
  kubeconfig: Flags.boolean({
    summary: "Kubeconfig entries and files of clusters that are gone, temporary files",
    helpGroup: WHAT,
  }),
  expired: Flags.boolean({
    summary: "Clusters whose --ttl is over, whole, running or not; no other flag removes them",
    helpGroup: WHAT,
  }),
  all: Flags.boolean({
    char: "a",
    summary: "All of this, including images, except expired clusters (default: all but images)",
    helpGroup: WHAT,
  }),
  filter: repeated({
    summary:
      "Only what matches: label=KEY[=VALUE], label!=…, cluster=NAME, name=PATTERN, until=AGE; all of several must match",
    helpValue: "KEY=VALUE",
    helpGroup: WHAT,
  }),
};

type KindFlag = Exclude<keyof typeof selectionFlags, "all" | "filter">;

const KINDS: Readonly<Record<KindFlag, readonly PruneKind[]>> = {
  clusters: ["cluster"],
  nodes: ["node"],
  registries: ["registry"],
  networks: ["network"],
  volumes: ["volume"],
  images: ["image"],
  kubeconfig: ["kubeconfig", "file"],
  expired: ["expired"],
};

/** What the flags choose. @throws K3dError `INVALID_INPUT` for a filter */
export function selection(
  flags: Record<KindFlag | "all", boolean> & { filter: string[] | undefined },
): PruneSelection {
  const chosen = (Object.keys(KINDS) as KindFlag[])
    .filter((name) => flags[name])
    .flatMap((name) => KINDS[name]);
  const all = flags.expired ? PRUNE_KINDS : PRUNE_KINDS.filter((kind) => kind !== "expired");
  const kinds = flags.all ? all : chosen;
  return {
    ...(kinds.length === 0 ? {} : { kinds }),
    filters: (flags.filter ?? []).map((text) => parsePruneFilter(text)),
  };
}
