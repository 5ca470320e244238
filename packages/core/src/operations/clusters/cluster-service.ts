import type { ResolvedConfig } from "../../config/resolved-config.js";
import { inject, injectable } from "../../injection/injection.js";
import { TOKENS } from "../../injection/tokens.js";
import type { ClusterView } from "../../node/views.js";
import { findCluster } from "../../node/find.js";
import { clusterViews, listNodes } from "../../observe/nodes.js";
import type { Collaborators } from "../../steps/world.js";
import type {
  ClusterApplyResult,
  ClusterDeleteResult,
  ClusterEdit,
  ClusterOperations,
} from "../contracts.js";
import type { ClusterCreateResult } from "../create-result.js";
import type { HookOptions, OperationOptions, StartOptions, WaitOptions } from "../options.js";
import type { ClusterPlan } from "./plan-cluster.js";

/** Clusters on one runtime. What only some operations need is loaded when they are called: listing must start fast. */
@injectable()
export class ClusterService implements ClusterOperations {
  constructor(@inject(TOKENS.collaborators) private readonly deps: Collaborators) {}

  async plan(config: ResolvedConfig, options: OperationOptions = {}): Promise<ClusterPlan> {
    const { planCreation } = await import("./create-cluster.js");
    return planCreation(config, this.deps, options);
  }

  async create(
    config: ResolvedConfig,
    options: OperationOptions = {},
  ): Promise<ClusterCreateResult> {
    const { createCluster } = await import("./create-cluster.js");
    return createCluster(config, this.deps, options);
  }

  async list(options: OperationOptions = {}): Promise<ClusterView[]> {
    return clusterViews(await listNodes(this.deps.runtime, options));
  }

  async get(name: string, options: OperationOptions = {}): Promise<ClusterView> {
    return findCluster(name, await this.list(options));
  }

  async delete(name: string, options: HookOptions = {}): Promise<ClusterDeleteResult> {
    const { deleteCluster } = await import("./delete-cluster.js");
    return deleteCluster(name, this.deps, options);
  }

  async start(name: string, options: StartOptions = {}): Promise<ClusterView> {
    const { startCluster } = await import("./start-cluster.js");
    return startCluster(name, this.deps, options);
  }

  async stop(name: string, options: HookOptions = {}): Promise<ClusterView> {
    const { stopCluster } = await import("./stop-cluster.js");
    return stopCluster(name, this.deps, options);
  }

  async restart(name: string, options: WaitOptions & HookOptions = {}): Promise<ClusterView> {
    const { signal, hooks } = options;
    await this.stop(name, { signal, hooks });
    return this.start(name, options);
  }

  async pause(name: string, options: OperationOptions = {}): Promise<ClusterView> {
    const { pauseCluster } = await import("./stop-cluster.js");
    return pauseCluster(name, true, this.deps, options);
  }

  async unpause(name: string, options: OperationOptions = {}): Promise<ClusterView> {
    const { pauseCluster } = await import("./stop-cluster.js");
    return pauseCluster(name, false, this.deps, options);
  }

  async diff(config: ResolvedConfig, options: OperationOptions = {}): Promise<ClusterPlan> {
    const { diffCluster } = await import("./apply-cluster.js");
    return diffCluster(config, this.deps, options);
  }

  async apply(config: ResolvedConfig, options: OperationOptions = {}): Promise<ClusterApplyResult> {
    const { applyCluster } = await import("./apply-cluster.js");
    return applyCluster(config, this.deps, options);
  }

  async edit(
    name: string,
    edit: ClusterEdit,
    options: WaitOptions & { dryRun?: boolean } = {},
  ): Promise<ClusterApplyResult> {
    const { editCluster } = await import("./edit-cluster.js");
    return editCluster(name, edit, this.deps, options);
  }
}
