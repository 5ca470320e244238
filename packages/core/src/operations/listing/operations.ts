import type { LoadBalancerValues } from "../../loadbalancer/values.js";
import type { ClusterView } from "../../node/views.js";
import type { DetailedNode } from "../../observe/details.js";
import type { ClusterState } from "../../observe/status.js";
import type { ContainerRuntime } from "../../runtime/runtime.js";
import type { ContainerStats } from "../../runtime/stats.js";
import type { OperationOptions } from "../options.js";

export interface ListingOptions extends OperationOptions {
  /** Ask every runtime that answers, not only the connected one. Default `false`. */
  everywhere?: boolean;
  /** Inspect every container, and read what load balancers forward. Default `false`. */
  details?: boolean;
}

/** A cluster with what a list shows of it. */
export interface ListedCluster extends ClusterView {
  state: ClusterState;
  nodes: DetailedNode[];
  /** What its load balancer forwards; only with details. */
  loadBalancer?: LoadBalancerValues;
  /** Volumes made for it; only with details. */
  volumes?: string[];
}

/** A node with what it uses. */
export interface UsedNode extends DetailedNode {
  /** What it uses now; absent while it does not run, and where the engine cannot tell. */
  stats?: ContainerStats;
  /** Size of its image; absent when that is gone. Nodes of one image share it. */
  imageBytes?: number;
}

/** A cluster with what its nodes use. */
export interface UsedCluster extends ListedCluster {
  nodes: UsedNode[];
}

/** Lists over one runtime or over all. */
export interface ListingOperations {
  /** By name, with their state. */
  clusters(options?: ListingOptions): Promise<ListedCluster[]>;
  nodes(options?: ListingOptions): Promise<DetailedNode[]>;
  /** The clusters of the connected runtime with what their nodes use now. CPU use is the difference of two readings. */
  usage(options?: OperationOptions): Promise<UsedCluster[]>;
  /**
   * Name → bytes of the connected runtime's volumes. May be slow: engines look through them.
   *
   * @returns `undefined` where the runtime cannot tell.
   */
  volumeSizes(options?: OperationOptions): Promise<ReadonlyMap<string, number> | undefined>;
}

/**
 * Does `work` on every runtime that answers, all at once, and gives what came of it in their order.
 * One that fails is warned of and left out.
 */
export type OnEveryRuntime = <T>(work: (runtime: ContainerRuntime) => Promise<T>) => Promise<T[]>;
