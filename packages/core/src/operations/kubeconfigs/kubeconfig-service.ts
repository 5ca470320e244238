import { inject, injectable } from "../../injection/injection.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import { K3dError, isK3dError } from "../../errors/index.js";
import { findCluster } from "../../node/find.js";
import { API_PORT } from "../../model/defaults.js";
import type { ClusterView, NodeView } from "../../node/views.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type {
  KubeconfigGetOptions,
  KubeconfigMergeOptions,
  KubeconfigOperations,
} from "../contracts.js";
import { TOKENS } from "../../injection/tokens.js";
import { KubeconfigDocument, type KubeconfigEntries } from "../../kubeconfig/document.js";
import { apiUrl, kubeconfigEntries, kubeconfigUrl } from "../../kubeconfig/entries.js";
import { fetchKubeconfig } from "../../kubeconfig/fetch.js";
import type { KubeconfigStore } from "../../kubeconfig/file.js";

/** Kubeconfigs of clusters that exist. */
@injectable()
export class KubeconfigService implements KubeconfigOperations {
  constructor(
    @inject(TOKENS.runtime) private readonly runtime: ContainerRuntime,
    @inject(TOKENS.kubeconfigStore) private readonly store: KubeconfigStore,
  ) {}

  async get(clusters: string[], options: KubeconfigGetOptions = {}): Promise<string> {
    const document = await KubeconfigDocument.empty();
    for (const entries of await this.entries(clusters, options)) {
      document.put(entries);
      document.currentContext ??= entries.contextName;
    }
    return document.toString();
  }

  async merge(
    clusters: string[],
    options: KubeconfigMergeOptions = {},
  ): ReturnType<KubeconfigOperations["merge"]> {
    const {
      path = this.store.defaultPath,
      update = true,
      overwrite = false,
      switchContext = true,
      ...rest
    } = options;
    const all = await this.entries(clusters, rest);
    let current: string | undefined;
    await this.store.update(
      path,
      (document) => {
        for (const entries of all) document.put(entries, update);
        const last = all.at(-1)?.contextName;
        if (last !== undefined && (switchContext || document.currentContext === undefined))
          document.switchTo(last);
        current = document.currentContext;
        return true;
      },
      { fresh: overwrite, signal: rest.signal },
    );
    return {
      path,
      contexts: all.map(({ contextName }) => contextName),
      current,
    };
  }

  private async entries(
    names: string[],
    options: KubeconfigGetOptions,
  ): Promise<KubeconfigEntries[]> {
    const clusters = clusterViews(await listNodes(this.runtime, options));
    return Promise.all(
      names.map(async (name) => {
        return this.entriesOf(findCluster(name, clusters), options);
      }),
    );
  }

  private async entriesOf(
    cluster: ClusterView,
    { signal, internal = false }: KubeconfigGetOptions,
  ): Promise<KubeconfigEntries> {
    const server =
      cluster.nodes.find(({ initServer }) => initServer) ??
      cluster.nodes.find(({ role }) => role === "server");
    if (server === undefined || cluster.api === undefined) {
      throw new K3dError(
        "NOT_FOUND",
        `Cluster '${cluster.name}' has no server that says where its API is`,
        {
          hint: "See its nodes with: k3d node list",
        },
      );
    }
    try {
      const text = await fetchKubeconfig(this.runtime, server.id, signal);
      return await kubeconfigEntries(
        text,
        cluster.name,
        internal ? internalUrl(cluster, server) : kubeconfigUrl(cluster.api),
      );
    } catch (error) {
      if (!isK3dError(error, "NOT_FOUND")) throw error;
      throw new K3dError("NOT_FOUND", `Server '${server.name}' has not written a kubeconfig`, {
        hint: `Start the cluster with: k3d cluster start ${cluster.name}`,
        cause: error,
      });
    }
  }
}

/** The load balancer where there is one: it stays when servers come and go. */
function internalUrl({ nodes }: ClusterView, server: NodeView): string {
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  return apiUrl((balancer ?? server).name, API_PORT);
}
