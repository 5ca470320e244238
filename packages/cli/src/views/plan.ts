import { changesText, maskData, type ClusterPlan } from "@k3d/core";

/** A plan as data to look at: without its secrets. */
export function planJson({ desired, changes, warnings, run }: ClusterPlan): Promise<unknown> {
  const { version, ...rest } = desired;
  return maskData(
    JSON.parse(
      JSON.stringify({ version, cluster: desired.name, ...rest, ...run, changes, warnings }),
    ),
  );
}

/** A plan as a table for people. */
export function planTable({ changes, run: { kubeconfig } }: ClusterPlan): string {
  const { update, switchContext } = kubeconfig;
  const row = [
    "kubeconfig",
    "default",
    update ? "update" : "leave",
    switchContext ? "switch context" : "",
  ];
  return changesText(changes, [row]).trimEnd();
}
