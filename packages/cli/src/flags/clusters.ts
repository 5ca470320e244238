import { DEFAULT_CLUSTER_NAME, K3dError, type ClusterOperations } from "@k3d/core";
import type { WantedObjects } from "@k3d/plugin-kit";
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";

/** The names of the clusters that a command works on. */
export const clusterArgs = {
  name: Args.string({
    description: `Names of clusters (default: ${DEFAULT_CLUSTER_NAME})`,
    multiple: true,
  }),
};

/** `--all` of commands that work on several clusters. */
export const allFlag = (verb: string) =>
  Flags.boolean({ char: "a", summary: `${verb} all clusters` });

export interface ClusterSelection {
  names: readonly string[] | undefined;
  all: boolean;
  /** Taken when neither names nor `--all` are given. Default: `k3s-default`. */
  fallback?: string | undefined;
}

/**
 * The clusters that a command is to work on, each once.
 *
 * @throws K3dError `CONFLICTING_OPTIONS` for names together with `--all`, `INVALID_INPUT` for an empty name
 */
export async function selectClusters(
  { names = [], all, fallback }: ClusterSelection,
  clusters: Pick<ClusterOperations, "list">,
  signal: AbortSignal,
): Promise<string[]> {
  if (all && names.length > 0) {
    throw new K3dError("CONFLICTING_OPTIONS", "Cluster names and --all exclude each other", {
      hint: `Leave out --all to work on ${names.join(", ")} only`,
    });
  }
  if (all) return (await clusters.list({ signal })).map(({ name }) => name).toSorted();
  return namesOrDefault(names, fallback);
}

/** What to connect to for this selection: with `--all` it is the default runtime. */
export function wantedClusters({
  names = [],
  all,
  fallback,
}: ClusterSelection): WantedObjects | undefined {
  return all ? undefined : { clusters: namesOrDefault(names, fallback) };
}

/** @throws K3dError `INVALID_INPUT` for an empty name: it may come from a variable that is not set */
function namesOrDefault(names: readonly string[], fallback: string | undefined): string[] {
  if (names.includes("")) {
    throw new K3dError("INVALID_INPUT", "The name of a cluster is empty", {
      hint: `Name the cluster, or leave the argument out to mean ${fallback ?? DEFAULT_CLUSTER_NAME}`,
    });
  }
  return names.length > 0 ? [...new Set(names)] : [fallback ?? DEFAULT_CLUSTER_NAME];
}
