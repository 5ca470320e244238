import { inject, injectable } from "../../injection/injection.js";
import type { ResolvedConfig } from "../../config/resolved-config.js";
import { K3dError } from "../../errors/index.js";
import type { EventSink } from "../../events/index.js";
import type { Clock } from "../../model/clock.js";
import type { PortPicker } from "../../steps/ports/host-ports.js";
import { runSteps } from "../../steps/graph.js";
import type { KubeconfigStore } from "../../kubeconfig/file.js";
import { LABELS } from "../../model/labels.js";
import { kubeContextName } from "../../model/names.js";
import type { ClusterView } from "../../node/views.js";
import type { ClusterPlan } from "../../plan/cluster-plan.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { ClusterCreateResult, ClusterDeleteResult, ClusterOperations } from "../contracts.js";
import type { OperationOptions, WaitOptions } from "../options.js";
import { TOKENS } from "../../injection/tokens.js";
import { type CoreSettings } from "../../observe/settings.js";
import type { CreateOutcome } from "./create-steps.js";
import type { ClusterDeps } from "./deps.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";

/** Clusters on one runtime. What only some operations need is loaded when they are called: listing must start fast. */
@injectable()
export class ClusterService implements ClusterOperations {
  private readonly deps: ClusterDeps;

  constructor(
    @inject(TOKENS.runtime) runtime: ContainerRuntime,
    @inject(TOKENS.events) events: EventSink,
    @inject(TOKENS.clock) clock: Clock,
    @inject(TOKENS.ports) ports: PortPicker,
    @inject(TOKENS.kubeconfigStore) kubeconfigStore: KubeconfigStore,
    @inject(TOKENS.settings) settings: CoreSettings,
  ) {
    this.deps = { runtime, events, clock, ports, kubeconfigStore, settings };
  }

  async plan(config: ResolvedConfig, { signal }: OperationOptions = {}): Promise<ClusterPlan> {
    const [{ planCluster }, { collectFacts }] = await Promise.all([
      import("../../plan/plan-cluster.js"),
      import("../../observe/facts.js"),
    ]);
    return planCluster(
      config,
      await collectFacts(config, this.deps.runtime, this.deps.settings, signal),
    );
  }

  async create(
    config: ResolvedConfig,
    options: OperationOptions = {},
  ): Promise<ClusterCreateResult> {
    const { name } = config.metadata;
    const [plan, clusters] = await Promise.all([this.plan(config, options), this.list(options)]);
    if (clusters.some((cluster) => cluster.name === name)) {
      throw new K3dError("ALREADY_EXISTS", `Cluster '${name}' exists already`, {
        hint: `Choose another name, start it with 'k3d cluster start ${name}', or delete it with 'k3d cluster delete ${name}'.`,
      });
    }
    if (plan.kubeconfig.update) {
      const { kubeconfigStore: store } = this.deps;
      await store.check(store.defaultPath, { signal: options.signal });
    }
    for (const message of plan.warnings) this.deps.events.emit({ type: "warning", message });
    const [{ CreateState }, { createSteps }] = await Promise.all([
      import("./create-state.js"),
      import("./create-steps.js"),
    ]);
    const state = new CreateState(plan, this.deps);
    const outcome: CreateOutcome = {};
    await runSteps(createSteps(state, this.deps, outcome), {
      ...this.deps,
      rollback: plan.rollback,
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }).catch(async (error: unknown) => {
      if (!plan.rollback) await this.keep(plan.nodes);
      throw error;
    });
    const { kubeconfigStore } = this.deps;
    return {
      cluster: await this.get(name),
      apiUrl: outcome.url ?? "",
      ...(outcome.kubeconfigWritten === true
        ? {
            kubeconfig: {
              path: kubeconfigStore.defaultPath,
              context: kubeContextName(name),
              current: plan.kubeconfig.switchContext,
            },
          }
        : {}),
      warnings: plan.warnings,
    };
  }

  async list(options: OperationOptions = {}): Promise<ClusterView[]> {
    return clusterViews(await listNodes(this.deps.runtime, options));
  }

  async get(name: string, options: OperationOptions = {}): Promise<ClusterView> {
    const clusters = await this.list(options);
    const cluster = clusters.find((candidate) => candidate.name === name);
    if (cluster !== undefined) return cluster;
    throw new K3dError("NOT_FOUND", `Cluster '${name}' does not exist`, {
      hint:
        clusters.length === 0
          ? "There are no clusters; create one with: k3d cluster create"
          : `Clusters that exist: ${clusters.map((candidate) => candidate.name).join(", ")}.`,
    });
  }

  async delete(name: string, { signal }: OperationOptions = {}): Promise<ClusterDeleteResult> {
    const { deleteCluster } = await import("./delete-cluster.js");
    return deleteCluster(name, this.deps, signal);
  }

  async start(name: string, options: WaitOptions = {}): Promise<ClusterView> {
    const { startCluster } = await import("./start-cluster.js");
    const cluster = await this.get(name, options);
    await startCluster(cluster, this.deps, options);
    // Clusters without the label are of another tool, and nobody takes them for half-made ones.
    await this.keep(cluster.nodes.filter(({ labels }) => labels[LABELS.clusterId] !== undefined));
    return this.get(name, options);
  }

  async stop(name: string, options: OperationOptions = {}): Promise<ClusterView> {
    const cluster = await this.get(name, options);
    const steps = cluster.nodes.map((node) => ({
      id: `stop:${node.name}`,
      title: `Stop ${node.role} ${node.name}`,
      run: () => this.deps.runtime.containers.stop(node.id),
    }));
    await runSteps(steps, { ...this.deps, rollback: false, ...options });
    return this.get(name, options);
  }

  async restart(name: string, options: WaitOptions = {}): Promise<ClusterView> {
    await this.stop(name, options.signal === undefined ? {} : { signal: options.signal });
    return this.start(name, options);
  }

  private async keep(nodes: readonly { name: string; initServer: boolean }[]): Promise<void> {
    const { markKept } = await import("../../steps/mark-created.js");
    const init = nodes.find(({ initServer }) => initServer);
    if (init !== undefined) await markKept(this.deps.runtime, init.name);
  }
}
