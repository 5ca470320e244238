import { K3dError } from "../errors/index.js";
import type { StepContext } from "../events/index.js";
import type { KubeconfigEntries } from "../kubeconfig/document.js";
import { apiUrl, kubeconfigUrl } from "../kubeconfig/entries.js";
import type { DesiredNode } from "../plan/desired.js";
import {
  DEFAULT_TIMEOUT_MS,
  JOINING,
  STRICT,
  type ExpectedNode,
  type KubeClient,
  type WaitLevel,
  waitForApi,
  waitForKubeconfig,
  waitForLeases,
  waitForNodes,
  waitForVote,
  waitUntilJoinable,
  withTimeout,
} from "../readiness/index.js";
import type { Step } from "./graph.js";
import type { KubeconfigOutcome } from "./kubeconfig.js";
import type { World } from "./world.js";

/** Where the API answers and what is known of it, filled in as steps go on. */
export interface ApiOutcome extends KubeconfigOutcome {
  client?: KubeClient;
  url?: string;
}

export const API_STEP = "ready:api";

/** What waits for one cluster, under one time limit that counts from the first wait on. */
export class ReadySteps {
  private since: number | undefined;
  private readonly ms: number;

  constructor(
    private readonly world: World,
    private readonly server: string,
    private readonly outcome: ApiOutcome,
    timeoutMs: number | undefined,
  ) {
    this.ms = timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** Until the API answers at the URL that clients use. */
  api(needs: readonly string[]): Step {
    const { collaborators, desired } = this.world;
    return {
      id: API_STEP,
      title: "Wait for the Kubernetes API",
      needs,
      run: ({ signal, progress }) =>
        this.limited(`The API of cluster '${desired.name}'`, signal, async (inner) => {
          const client = await waitForApi(collaborators, this.target(), inner, progress);
          this.outcome.client = client;
          this.outcome.entries = this.named(client.entries);
        }),
    };
  }

  /** Until k3s wrote its kubeconfig: enough where nobody wants to wait for the API. */
  kubeconfig(needs: readonly string[]): Step {
    const { collaborators, desired } = this.world;
    return {
      id: API_STEP,
      title: "Wait for the kubeconfig",
      needs,
      run: ({ signal }) =>
        this.limited(`The kubeconfig of cluster '${desired.name}'`, signal, async (inner) => {
          const entries = await waitForKubeconfig(collaborators, this.target(), inner);
          this.outcome.entries = this.named(entries);
        }),
    };
  }

  /** Until these nodes are as far as `level` says. */
  nodes(
    id: string,
    title: string,
    nodes: readonly DesiredNode[],
    level: WaitLevel,
    needs: readonly string[],
  ): Step {
    return {
      id,
      title,
      needs,
      run: ({ signal, progress }) => this.waitFor(nodes, level, { signal, progress }),
    };
  }

  /** Until the first server lets agents join, see {@link waitUntilJoinable}. */
  joinable(init: DesiredNode): Step {
    return {
      id: `joinable:${init.name}`,
      title: `Wait until ${init.name} lets agents join`,
      needs: [API_STEP],
      run: ({ signal }) =>
        this.limited(`Cluster '${this.world.desired.name}'`, signal, (inner) =>
          waitUntilJoinable(
            this.client,
            init.name,
            init.kubernetesNode,
            this.world.collaborators,
            inner,
          ),
        ),
    };
  }

  /** Until this server votes in etcd, which takes no other learner before, see {@link waitForVote}. */
  vote({ name, role }: DesiredNode, needs: readonly string[] = []): Step {
    return {
      id: `vote:${name}`,
      title: `Wait for ${role} ${name} to join etcd`,
      needs,
      run: ({ signal }) =>
        this.limited(`Cluster '${this.world.desired.name}'`, signal, (inner) =>
          waitForVote(this.client, { id: name, role }, this.world.collaborators, inner),
        ),
    };
  }

  /** Until this node takes part, see {@link back}. */
  joined({ name, role }: DesiredNode): Step {
    return this.back(`joined:${name}`, `Wait for ${role} ${name} to join`, [{ name, role }]);
  }

  /**
   * Until these nodes take part, where their Node objects may be memories: those that other nodes of
   * their names have left, which k3s' finalizers can keep for a while, or those of a snapshot.
   */
  back(
    id: string,
    title: string,
    nodes: readonly Pick<DesiredNode, "name" | "role">[],
    needs: readonly string[] = [],
  ): Step {
    const { collaborators, desired } = this.world;
    const containers = nodes.map(({ name, role }) => ({ id: name, role }));
    return {
      id,
      title,
      needs,
      run: ({ signal, progress }) =>
        this.limited(`Cluster '${desired.name}'`, signal, async (inner) => {
          await waitForLeases(this.client, containers, collaborators, inner, progress);
        }),
    };
  }

  async waitFor(
    nodes: readonly DesiredNode[],
    level: WaitLevel,
    { signal, progress }: StepContext,
  ): Promise<void> {
    const { collaborators, desired } = this.world;
    const { client } = this;
    await this.limited(`Cluster '${desired.name}'`, signal, (inner) =>
      waitForNodes(collaborators, client, nodes.flatMap(expected), level, inner, progress),
    );
  }

  private get client(): KubeClient {
    const { client } = this.outcome;
    if (client === undefined) throw new K3dError("INTERNAL", "The API client is missing");
    return client;
  }

  /** With the address that kubeconfigs name. */
  private named(entries: KubeconfigEntries): KubeconfigEntries {
    const server = kubeconfigUrl(this.world.desired.api);
    return { ...entries, cluster: { ...entries.cluster, server } };
  }

  private target() {
    const { name: cluster, api } = this.world.desired;
    const url = apiUrl(api.host, api.port ?? 0);
    this.outcome.url = url;
    return { cluster, server: this.server, url, hostIp: api.hostIp, tolerance: STRICT };
  }

  private limited<T>(
    what: string,
    signal: AbortSignal,
    work: (inner: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { clock, runtime } = this.world.collaborators;
    this.since ??= clock.now();
    const spentMs = clock.now() - this.since;
    return withTimeout({ what, ms: this.ms, spentMs, runtime, server: this.server }, signal, work);
  }
}

function expected(node: DesiredNode): ExpectedNode[] {
  const { name: container, kubernetesNode, initServer } = node;
  const tolerance = initServer ? STRICT : JOINING;
  return kubernetesNode === undefined ? [] : [{ container, kubernetesNode, tolerance }];
}
