import { changesText, maskData, type ClusterPlan, type ResolvedHook } from "@k3d/core";

/** A plan as data to look at: without its secrets. */
export function planJson({
  desired,
  changes,
  warnings,
  run,
  hooks,
}: ClusterPlan): Promise<unknown> {
  const { version, ...rest } = desired;
  return maskData(
    JSON.parse(
      JSON.stringify({ version, cluster: desired.name, ...rest, ...run, changes, hooks, warnings }),
    ),
  );
}

/** A plan as a table for people. */
export function planTable({ changes, hooks, run: { kubeconfig } }: ClusterPlan): string {
  const { update, switchContext } = kubeconfig;
  const row = [
    "kubeconfig",
    "default",
    update ? "update" : "leave",
    switchContext ? "switch context" : "",
  ];
  return changesText(changes, [row, ...hooks.map(hookRow)]).trimEnd();
}

/** Of the hooks for later moments, the cluster keeps those for nodes; those for the host wait for their file to be named. */
function hookRow({ when, command, place, nodeFilters = [] }: ResolvedHook): string[] {
  const onHost = place.kind === "host";
  const action = when.endsWith("-create") ? "run" : onHost ? "only with --config" : "keep";
  const where = onHost ? "on this host" : `in ${nodeFilters.join(", ")}`;
  const [first = "", ...others] = command.trim().split("\n");
  return ["hook", when, action, `${where}: ${first}${others.length > 0 ? " …" : ""}`];
}
