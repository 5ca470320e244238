import type { OperationOptions } from "../options.js";

/** What can be pruned, in the order of removal. */
export const PRUNE_KINDS = [
  "cluster",
  "expired",
  "node",
  "registry",
  "network",
  "volume",
  "image",
  "kubeconfig",
  "file",
  "runtime",
] as const;

/**
 * - `cluster`: what a killed creation or deletion left of a cluster, with all that belongs to it
 * - `expired`: a cluster whose time to live is over, whole; only when it is asked for by this kind
 * - `node`: a container of k3d's that belongs to no cluster, or a tools container that has ended
 * - `registry`: one that does not run, or whose cluster is gone, and that no cluster uses
 * - `network`, `volume`: k3d's, with neither member nor cluster
 * - `image`: a node or helper image of k3d's that no container uses
 * - `kubeconfig`: entries of a cluster that is gone
 * - `file`: what a killed command left beside a kubeconfig, and kubeconfig files of clusters that are gone
 * - `runtime`: what a crash left of the runtime's own
 */
export type PruneKind = (typeof PRUNE_KINDS)[number];

/** Something that k3d left and nothing uses. */
export interface PruneItem {
  kind: PruneKind;
  /** Unique within its kind, and stable. */
  id: string;
  name: string;
  /** The cluster that it belonged to. */
  cluster?: string;
  /** For people: why nothing uses it. */
  reason: string;
  /** Bytes; absent where the runtime cannot tell. */
  size?: number;
  created?: Date;
  labels: Readonly<Record<string, string>>;
}

/** Something that looks like k3d's, or is, and that is left alone. */
export interface PruneSkip {
  kind: PruneKind;
  name: string;
  reason: string;
}

export interface PruneSelection {
  /** Default: all but `image` and `expired`. */
  kinds?: readonly PruneKind[];
  /** All must match. */
  filters?: readonly PruneFilter[];
}

export interface PruneFindings {
  items: PruneItem[];
  skipped: PruneSkip[];
}

export interface PruneOutcome {
  removed: PruneItem[];
  /** What could not be removed, or came into use in the meantime. */
  failed: { item: PruneItem; code: string; message: string }[];
  /** Bytes, as far as sizes are known. */
  reclaimed: number;
}

/** Finding and removing what k3d left on one runtime. */
export interface PruneOperations {
  /** Changes nothing. */
  find(selection?: PruneSelection, options?: OperationOptions): Promise<PruneFindings>;
  /** Removes those of `items` that are found again: what came into use since stays. */
  remove(
    items: readonly PruneItem[],
    selection?: PruneSelection,
    options?: OperationOptions,
  ): Promise<PruneOutcome>;
}

/** One condition of `--filter`. */
export interface PruneFilter {
  /** As the user wrote it. */
  text: string;
  matches(item: PruneItem, now: Date): boolean;
}
