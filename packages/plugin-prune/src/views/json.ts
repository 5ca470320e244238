import type {
  PruneFindings,
  PruneItem,
  PruneOutcome,
  PruneSkip,
} from "../operations/operations.js";

/** One thing as `prune --json` prints it. */
export interface PruneItemJson {
  kind: string;
  id: string;
  name: string;
  cluster?: string;
  reason: string;
  /** Bytes. */
  size?: number;
  /** ISO 8601. */
  created?: string;
}

/** What `prune --json` prints. */
export interface PruneJson {
  /** Nothing was asked for or removed. */
  dryRun: boolean;
  /** All that was found. */
  items: PruneItemJson[];
  /** Looks like k3d's, and was left alone. */
  skipped: PruneSkip[];
  removed: PruneItemJson[];
  failed: { item: PruneItemJson; code: string; message: string }[];
  /** Bytes, as far as sizes are known. */
  reclaimed: number;
}

/** What a run of `prune` came to. */
export interface PruneResult extends PruneFindings, PruneOutcome {
  dryRun: boolean;
}

export function pruneJson({
  dryRun,
  items,
  skipped,
  removed,
  failed,
  reclaimed,
}: PruneResult): PruneJson {
  return {
    dryRun,
    items: items.map((item) => itemJson(item)),
    skipped,
    removed: removed.map((item) => itemJson(item)),
    failed: failed.map(({ item, ...failure }) => ({ item: itemJson(item), ...failure })),
    reclaimed,
  };
}

function itemJson({ kind, id, name, cluster, reason, size, created }: PruneItem): PruneItemJson {
  return {
    kind,
    id,
    name,
    cluster,
    reason,
    size,
    ...(created === undefined ? {} : { created: created.toISOString() }),
  };
}
