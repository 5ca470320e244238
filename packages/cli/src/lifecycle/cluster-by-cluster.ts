import {
  systemClock,
  type ClusterOperations,
  type ClusterView,
  type ResolvedHook,
} from "@k3d/core";
import { formatElapsed, K3dCommand } from "@k3d/plugin-kit";
import { identityHere } from "../config/assemble.js";
import { hooksOf } from "../flags/hooks.js";
import { selectClusters, wantedClusters, type ClusterSelection } from "../flags/clusters.js";
import { clusterJson, type ClusterJson } from "../views/compatible.js";

interface HookedSelection extends Pick<ClusterSelection, "names" | "all"> {
  /** Config file, for its hooks and for the cluster where none is named. */
  config?: string | undefined;
  "no-hooks"?: boolean;
}

/** A command that does the same to several clusters, one after the other, and prints what became of them. */
export abstract class ClusterByCluster extends K3dCommand<ClusterView[]> {
  /**
   * @param done what was done, for the message: `Started`
   * @param already the state in which there is nothing to do, which is said then
   */
  protected async toEach(
    { names: named, all, config, "no-hooks": noHooks = false }: HookedSelection,
    done: string,
    act: (
      clusters: ClusterOperations,
      name: string,
      hooks: readonly ResolvedHook[] | undefined,
    ) => Promise<ClusterView>,
    already?: "running" | "stopped",
  ): Promise<ClusterView[]> {
    const file = await identityHere(config);
    for (const warning of file.warnings) await this.tell("warn", warning);
    const selection = { names: named, all, fallback: file.name };
    const { clusters } = await this.services({
      configuredRuntime: file.runtime,
      wanted: wantedClusters(selection),
    });
    const { signal } = this;
    const names = await selectClusters(selection, clusters, signal);
    if (names.length === 0) await this.tell("info", "No clusters found");
    const result: ClusterView[] = [];
    for (const name of names) {
      const before = already === undefined ? undefined : await clusters.get(name, { signal });
      const started = systemClock.now();
      result.push(await act(clusters, name, hooksOf(name, file, noHooks)));
      const took = formatElapsed(systemClock.now() - started);
      const was = before !== undefined && already !== undefined && isAll(before, already);
      await this.tell(
        "info",
        was ? `Cluster ${name} is already ${already}` : `${done} cluster ${name} (${took})`,
      );
    }
    return result;
  }

  protected override toJson(clusters: ClusterView[]): ClusterJson[] {
    return clusters.map((cluster) => clusterJson(cluster));
  }
}

function isAll({ nodes }: ClusterView, status: "running" | "stopped"): boolean {
  return nodes.every((node) => node.role === "registry" || node.status === status);
}
