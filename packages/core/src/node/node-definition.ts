import type { HostEntry, MountSpec, PortBinding, Rlimit } from "../runtime/container-spec.js";
import type { NetworkSubnet } from "../runtime/networks.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { Role } from "../model/roles.js";

/**
 * What a node shall be, in k3d's words: config and flags already applied to
 * this one node. `nodeToSpec` turns it into a container.
 */
export interface NodeDefinition {
  name: string;
  role: Role;
  /** Counts from 0 within its role. */
  index: number;
  image: string;
  /** The first server of a cluster. */
  initServer: boolean;
  /** `NAME=value`. */
  env: string[];
  /** Arguments for k3s as the user gave them. */
  k3sArgs: string[];
  /** Kubernetes node labels, `key=value`. */
  k3sNodeLabels: string[];
  /** Container labels as the user gave them. */
  runtimeLabels: Record<string, string>;
  mounts: MountSpec[];
  ports: PortBinding[];
  /** Bytes. */
  memoryLimit?: number;
  rlimits: Rlimit[];
  gpus?: string;
  hostPid: boolean;
  files: ContainerFile[];
  /** Fixed IPv4 address; absent where the engine chooses, or while the network does not exist. */
  address?: string;
  /** Fixed IPv6 address, in a dual-stack cluster. */
  ipv6Address?: string;
  /** Where it is, in a cluster over several machines. */
  machine?: string;
}

/** What all nodes of a cluster share. */
export interface ClusterContext {
  name: string;
  /** Random, made at creation: tells this cluster's objects from those of another creation of the same name. */
  id: string;
  token: string;
  /** k3d's own version, for the label. */
  version: string;
  network: {
    name: string;
    external: boolean;
    host: boolean;
    fixedAddresses: boolean;
    /** It reaches over several machines, and nodes have a way out of their own besides it. Default `false`. */
    overMachines?: boolean;
    /** Id, CIDR and gateway are known once it exists. */
    id?: string;
    subnet?: string;
    gateway?: string;
    /** In a dual-stack cluster: its IPv6 network. */
    ipv6?: NetworkSubnet;
  };
  /** Whether the engine is rootless, so that nodes are in a user namespace. */
  rootless: boolean;
  /** Whether the engine runs several servers that form an etcd cluster. */
  clusterInit: boolean;
  imageVolume?: { name: string; external: boolean };
  api: {
    host: string;
    hostIp: string;
    /** Host port; absent until it is settled. */
    port?: number;
    /** What kubeconfigs call the API where that is not what `host` means to a client. */
    clientHost?: string;
  };
  /** ISO 8601; absent: it is kept until somebody deletes it. */
  expires?: string;
  /** Value of the label for hooks; absent: none. */
  hooks?: string;
  loadBalancer?: string;
  /** `https://<init server>:6443`, or the URL of a cluster elsewhere. */
  url: string;
  hostAliases: HostEntry[];
  /** Address of a resolver that pods can reach, where the node's own is on its loopback. */
  resolver?: string;
}
