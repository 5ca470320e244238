import type { ClusterOperations, ClusterView } from "@k3d/core";
import { K3dCommand } from "@k3d/plugin-kit";
import { selectClusters, wantedClusters, type ClusterSelection } from "../flags/clusters.js";
import { clusterJson, type ClusterJson } from "../views/compatible.js";

/** A command that does the same to several clusters, one after the other, and prints what became of them. */
export abstract class ClusterByCluster extends K3dCommand<ClusterView[]> {
  /** @param done what was done, for the message: `Started` */
  protected async toEach(
    selection: ClusterSelection,
    done: string,
    act: (clusters: ClusterOperations, name: string) => Promise<ClusterView>,
  ): Promise<ClusterView[]> {
    const { clusters } = await this.services({ wanted: wantedClusters(selection) });
    const names = await selectClusters(selection, clusters, this.signal);
    if (names.length === 0) await this.tell("info", "No clusters found");
    const result: ClusterView[] = [];
    for (const name of names) {
      result.push(await act(clusters, name));
      await this.tell("info", `${done} cluster ${name}`);
    }
    return result;
  }

  protected override toJson(clusters: ClusterView[]): ClusterJson[] {
    return clusters.map((cluster) => clusterJson(cluster));
  }
}
