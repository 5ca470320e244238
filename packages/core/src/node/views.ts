import type { ContainerStatus } from "../runtime/containers.js";
import type { PortBinding } from "../runtime/container-spec.js";
import type { Role } from "../model/roles.js";

/** `unreachable`: it is on a machine that does not answer, so that nothing more is known of it. Lists alone show such nodes. */
export type NodeStatus = ContainerStatus | "unreachable";

/** A node as the engine has it now. */
export interface NodeView {
  name: string;
  role: Role;
  /** Absent for objects that belong to no cluster (a shared registry). */
  cluster?: string;
  status: NodeStatus;
  /** In a cluster over several machines: where it is. */
  machine?: string;
  /** Name of the runtime it was found on. */
  runtime: string;
  id: string;
  image: string;
  created: Date;
  ipv4Address?: string;
  ipv6Address?: string;
  ports: PortBinding[];
  /** Names of the networks it is attached to. */
  networks: string[];
  /** The initialising server of its cluster. */
  initServer: boolean;
  labels: Record<string, string>;
}

export interface NodeCount {
  running: number;
  total: number;
}

/** A cluster as the engine has it now: nothing but what its objects' labels and states say. */
export interface ClusterView {
  name: string;
  runtime: string;
  servers: NodeCount;
  agents: NodeCount;
  hasLoadBalancer: boolean;
  network: { name: string; id?: string; ipRange?: string; external: boolean };
  imageVolume?: { name: string; external: boolean };
  /** Where clients reach the API. Absent when no node tells it. */
  api?: {
    host: string;
    hostIp?: string;
    port: number;
    /** What kubeconfigs call it; absent: by `host`, or loopback where that stands for every interface. */
    clientHost?: string;
  };
  token?: string;
  /** When it is no longer wanted; absent: it is kept until somebody deletes it. */
  expires?: Date;
  nodes: NodeView[];
}
