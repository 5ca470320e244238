import type { HookOptions, OperationOptions, StartOptions, WaitOptions } from "./options.js";
import type { ResolvedConfig } from "../config/resolved-config.js";
import type { ClusterCreateResult } from "./create-result.js";
import type { ClusterImageOperations } from "./images/operations.js";
import type { ListingOperations } from "./listing/operations.js";
import type { ClusterView, NodeView } from "../node/views.js";
import type { Change } from "../plan/change.js";
import type { ClusterPlan } from "./clusters/plan-cluster.js";
import type { RegistryOperations } from "./registries/operations.js";
import type { SnapshotOperations } from "./snapshots/operations.js";
import type { Rlimit } from "../runtime/container-spec.js";
import type { Collaborators } from "../steps/world.js";
import type { ContainerRuntime } from "../runtime/runtime.js";

export interface ClusterDeleteResult {
  name: string;
  removed: {
    containers: string[];
    networks: string[];
    volumes: string[];
    kubeconfigEntries: string[];
  };
}

export interface ClusterApplyResult {
  cluster: ClusterView;
  created: boolean;
  /** What was done; empty when the cluster was so already, or was created. */
  changes: Change[];
}

/** What shall become of a cluster that no config file describes. */
export interface ClusterEdit {
  /** Ports to publish through the load balancer, `[HOST:][HOSTPORT:]CONTAINERPORT[/PROTOCOL][@FILTER]` as in `--port`. */
  portAdd?: readonly string[];
  /** Ports to publish no longer; the same form. */
  portDelete?: readonly string[];
  /** How many agents there shall be: those with the highest numbers go. */
  agents?: number;
  servers?: number;
  /** Image of all servers and agents. */
  image?: string;
  /** Bytes; 0 takes the limit away. */
  serversMemory?: number;
  agentsMemory?: number;
  /** `NAME=VALUE`, or `NAME-` to take one away; on all servers and agents. */
  env?: readonly string[];
  /** Labels of the containers, in the same form. */
  labels?: readonly string[];
  /** `IP:HOST[,HOST…]`, or `IP-` to take an address away. */
  hostAliases?: readonly string[];
  /** Registries of k3d's to use, or `NAME-` to use one no longer; what nodes have is changed in place where it can be. */
  registries?: readonly string[];
}

/** Clusters of one runtime. Every method throws `RUNTIME_UNAVAILABLE` when it does not answer. */
export interface ClusterOperations {
  /** What create would do; changes nothing. */
  plan(config: ResolvedConfig, options?: OperationOptions): Promise<ClusterPlan>;
  /** @throws `ALREADY_EXISTS`, `HOOK_REFUSED`, `HOOK_FAILED`, and what the steps throw, after everything done was undone (unless rollback is off). */
  create(config: ResolvedConfig, options?: OperationOptions): Promise<ClusterCreateResult>;
  list(options?: OperationOptions): Promise<ClusterView[]>;
  /** @throws `NOT_FOUND`. */
  get(name: string, options?: OperationOptions): Promise<ClusterView>;
  /** Deletes all that belongs to the cluster, also the remains of a half-deleted one. @throws `NOT_FOUND`, `HOOK_REFUSED`, `HOOK_FAILED`. */
  delete(name: string, options?: HookOptions): Promise<ClusterDeleteResult>;
  /** Starts what is stopped. @throws `NOT_FOUND`, `HOOK_REFUSED`, `HOOK_FAILED`, `TIMEOUT`, `CONTAINER_FAILED` without a server or a quorum of them. */
  start(name: string, options?: StartOptions): Promise<ClusterView>;
  /** @throws `NOT_FOUND`, `HOOK_REFUSED`, `HOOK_FAILED`. */
  stop(name: string, options?: HookOptions): Promise<ClusterView>;
  /** Stops and starts it, with the hooks of both. */
  restart(name: string, options?: WaitOptions & HookOptions): Promise<ClusterView>;
  /** Freezes all nodes. @throws `UNSUPPORTED`. */
  pause(name: string, options?: OperationOptions): Promise<ClusterView>;
  unpause(name: string, options?: OperationOptions): Promise<ClusterView>;
  /** What {@link apply} would do; changes nothing. */
  diff(config: ResolvedConfig, options?: OperationOptions): Promise<ClusterPlan>;
  /** Creates the cluster, or changes what is not as the config says, also what was changed by hand. */
  apply(config: ResolvedConfig, options?: OperationOptions): Promise<ClusterApplyResult>;
  /** @throws `NOT_FOUND`, `INVALID_INPUT`. */
  edit(
    name: string,
    edit: ClusterEdit,
    options?: WaitOptions & { dryRun?: boolean },
  ): Promise<ClusterApplyResult>;
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
  /** Adds nodes to a cluster. @throws `NOT_FOUND`, `ALREADY_EXISTS`, `INVALID_INPUT`. */
  create(request: NodeCreateRequest, options?: WaitOptions): Promise<NodeView[]>;
  /** Removes nodes; Kubernetes forgets them. @throws `NOT_FOUND`, `INVALID_INPUT` for the last server. */
  delete(names: readonly string[], options?: NodeDeleteOptions): Promise<NodeView[]>;
  /** Changes the ports of a load balancer or another node. @throws `NOT_FOUND`, `INVALID_INPUT`. */
  edit(name: string, edit: NodeEdit, options?: WaitOptions): Promise<NodeView>;
}

/** Nodes to add to a cluster. */
export interface NodeCreateRequest {
  /** The nodes are named `k3d-NAME-0` and so on. */
  name: string;
  /** Name of a cluster on this runtime, or the `https://` URL of one elsewhere. */
  cluster: string;
  role: "server" | "agent";
  /** Default 1. */
  replicas?: number;
  /** Default: that of the cluster's nodes. */
  image?: string;
  /** Bytes. */
  memory?: number;
  /** Further networks; for a cluster elsewhere the first one is the only one. */
  networks?: readonly string[];
  /** Default: the cluster's. Needed for a cluster elsewhere. */
  token?: string;
  k3sArgs?: readonly string[];
  k3sNodeLabels?: readonly string[];
  runtimeLabels?: Readonly<Record<string, string>>;
  rlimits?: readonly Rlimit[];
  /** Machine for them, in a cluster over several. Default: where the fewest of their role are. */
  machine?: string;
}

export interface NodeDeleteOptions extends OperationOptions {
  /** Move their pods elsewhere first. */
  drain?: boolean;
}

export interface NodeEdit {
  portAdd?: readonly string[];
  portDelete?: readonly string[];
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
  /** What core's own operations work with: a plug-in builds operations of its own on it. */
  collaborators: Collaborators;
  clusters: ClusterOperations;
  /** Lists with the state of what they show, also over every installed runtime that answers. */
  listing: ListingOperations;
  nodes: NodeOperations;
  kubeconfigs: KubeconfigOperations;
  images: ClusterImageOperations;
  registries: RegistryOperations;
  snapshots: SnapshotOperations;
}
