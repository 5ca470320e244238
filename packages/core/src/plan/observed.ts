import type { LoadBalancerValues } from "../loadbalancer/values.js";
import type { ClusterView, NodeView } from "../node/views.js";
import type { ContainerInfo } from "../runtime/containers.js";
import type { NetworkInfo } from "../runtime/networks.js";

/** A container of a cluster, with all that the engine and its labels tell. */
export interface ObservedNode extends NodeView {
  info: ContainerInfo;
  /** `NAME=value` entries that come from the image; absent where the image is not there to tell. */
  imageEnv?: readonly string[];
  /** Path → start of the SHA-256 of each file that k3d placed; absent where the label is. */
  files?: Readonly<Record<string, string>>;
}

/** What lists tell of a cluster, made by either tool; any part of it may be missing. */
export interface ClusterMembers {
  name: string;
  view: ClusterView;
  /** Its containers: servers, agents, load balancer, and a registry that was made with it. */
  nodes: NodeView[];
  /** Networks and volumes that were made with it and go with it. */
  ownNetworks: { id: string; name: string }[];
  ownVolumes: string[];
}

/** Everything there is of a cluster. */
export interface ObservedCluster extends ClusterMembers {
  nodes: ObservedNode[];
  /** The network that its nodes are on; absent when it is gone, or is the host's. */
  network?: NetworkInfo;
  /** What the load balancer was told to forward; absent without one, or when it cannot be read. */
  loadBalancer?: LoadBalancerValues;
}
