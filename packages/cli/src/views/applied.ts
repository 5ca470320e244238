import { changesText, type Change, type ClusterApplyResult } from "@k3d/core";
import { clusterJson, type ClusterJson } from "./compatible.js";

/** What `cluster apply`, `edit` and `upgrade` print with `--json`. */
export interface AppliedJson {
  cluster: ClusterJson;
  created: boolean;
  changes: Change[];
}

export function appliedJson({ cluster, ...rest }: ClusterApplyResult): AppliedJson {
  return { cluster: clusterJson(cluster), ...rest };
}

export function appliedText({ cluster, created, changes }: ClusterApplyResult): string {
  if (created) return `Cluster ${cluster.name} was created.`;
  if (changes.length === 0)
    return `Cluster ${cluster.name} is as described already: nothing to do.`;
  return changesText(changes).trimEnd();
}
