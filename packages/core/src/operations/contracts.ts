import type { OperationOptions, WaitOptions } from "./options.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import type { ClusterImageOperations } from "./images/operations.js";
import type { ListingOperations } from "./listing/operations.js";
import type { ClusterView, NodeView } from "../node/views.js";
import type { ClusterPlan } from "../plan/cluster-plan.js";
import type { PruneOperations } from "./prune/operations.js";
import type { RegistryOperations } from "./registries/operations.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

export interface ClusterCreateResult {
  cluster: ClusterView;
  /** URL in the kubeconfig. */
  apiUrl: string;
  /** The kubeconfig file that was changed and the context in it; absent when none was. */
  kubeconfig?: { path: string; context: string; current: boolean };
  warnings: string[];
}

export interface ClusterDeleteResult {
  name: string;
  removed: {
    containers: string[];
    networks: string[];
    volumes: string[];
    kubeconfigEntries: string[];
  };
}

/** Clusters of one runtime. Every method throws `RUNTIME_UNAVAILABLE` when it does not answer. */
export interface ClusterOperations {
  /** What create would do; changes nothing. */
  plan(config: ResolvedConfig, options?: OperationOptions): Promise<ClusterPlan>;
  /** @throws `ALREADY_EXISTS`, and what the steps throw, after everything done was undone (unless rollback is off). */
  create(config: ResolvedConfig, options?: OperationOptions): Promise<ClusterCreateResult>;
  list(options?: OperationOptions): Promise<ClusterView[]>;
  /** @throws `NOT_FOUND`. */
  get(name: string, options?: OperationOptions): Promise<ClusterView>;
  /** Deletes all that belongs to the cluster, also the remains of a half-deleted one. @throws `NOT_FOUND`. */
  delete(name: string, options?: OperationOptions): Promise<ClusterDeleteResult>;
  /** Starts what is stopped. @throws `NOT_FOUND`, `TIMEOUT`. */
  start(name: string, options?: WaitOptions): Promise<ClusterView>;
  stop(name: string, options?: OperationOptions): Promise<ClusterView>;
  restart(name: string, options?: WaitOptions): Promise<ClusterView>;
}

export interface NodeListOptions extends OperationOptions {
  cluster?: string;
}

export interface NodeOperations {
  list(options?: NodeListOptions): Promise<NodeView[]>;
  /** @throws `NOT_FOUND`. */
  get(name: string, options?: OperationOptions): Promise<NodeView>;
  start(name: string, options?: WaitOptions): Promise<NodeView>;
  stop(name: string, options?: OperationOptions): Promise<NodeView>;
}

export interface KubeconfigGetOptions extends OperationOptions {
  /** With the address that containers on the cluster's network use. Default `false`. */
  internal?: boolean;
}

export interface KubeconfigMergeOptions extends OperationOptions {
  /** File to write. Default: the first file of `KUBECONFIG`, else `~/.kube/config`. `-` is not accepted here. */
  path?: string;
  /** Replace entries of the same name that differ. Default `true`. */
  update?: boolean;
  /** Replace the whole file. Default `false`. */
  overwrite?: boolean;
  /** Make the (last) cluster's context current. Default `true`. */
  switchContext?: boolean;
}

export interface KubeconfigOperations {
  /** One kubeconfig document (YAML) with the entries of all named clusters. @throws `NOT_FOUND`, also when no server has written one. */
  get(clusters: string[], options?: KubeconfigGetOptions): Promise<string>;
  merge(
    clusters: string[],
    options?: KubeconfigMergeOptions,
  ): Promise<{ path: string; contexts: string[]; current?: string }>;
}

/** What the composition root hands to commands, also to those of plug-ins. */
export interface K3dServices {
  runtime: ContainerRuntime;
  clusters: ClusterOperations;
  /** Lists with the state of what they show, also over every installed runtime that answers. */
  listing: ListingOperations;
  nodes: NodeOperations;
  kubeconfigs: KubeconfigOperations;
  images: ClusterImageOperations;
  registries: RegistryOperations;
  prune: PruneOperations;
}
