import type { LoadBalancerValues } from "../loadbalancer/values.js";
import type { Role } from "../model/roles.js";
import type { RegistryDefinition } from "../registry/definition.js";
import type { RegistryEndpoint } from "../registry/registries-yaml.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { NetworkSubnet } from "../runtime/networks.js";

/** One container of a cluster, with everything that is in it. */
export interface DesiredNode {
  name: string;
  role: Role;
  /** Counts from 0 within its role. */
  index: number;
  initServer: boolean;
  spec: ContainerSpec;
  /** Placed before the first start. */
  files: ContainerFile[];
  /** Where `files` is empty, so that a replaced container hands its own on: placed over those. */
  changedFiles?: ContainerFile[];
  /** Name of the Kubernetes Node that it registers; absent when it registers none. */
  kubernetesNode?: string;
}

export interface DesiredNetwork {
  name: string;
  /** `create`: ours; `adopt`: ours, and there already; `use`: belongs to others, never removed; `host`: none at all. */
  action: "create" | "adopt" | "use" | "host";
  labels: Record<string, string>;
  /** CIDR where it is known: given by the user, or of a network that exists. */
  subnet?: string;
  gateway?: string;
  /** The IPv6 network beside it, in a dual-stack cluster. */
  ipv6?: NetworkSubnet;
  /** Nodes get fixed addresses. */
  fixedAddresses: boolean;
  /** The subnet may be chosen freely (by the engine, then pinned). */
  chooseSubnet: boolean;
}

export interface DesiredVolume {
  name: string;
  /** `use`: exists and is left alone on delete. */
  action: "create" | "use";
  labels: Record<string, string>;
}

export interface DesiredImage {
  reference: string;
  /** Names of the nodes that need it. */
  usedBy: string[];
}

export interface DesiredRegistries {
  /** Made with the cluster and deleted with it. */
  create?: RegistryDefinition;
  /** Existing ones: connected to the cluster's network, left alone on delete. */
  use: RegistryEndpoint[];
  /** The user's `registries.yaml`, merged over what k3d writes. */
  userConfig?: string;
}

/**
 * What a cluster shall be: plain data, complete, the same for the same config
 * and facts. How it comes about (waiting, time limit, undo, kubeconfig) is no
 * part of it; see `RunOptions`.
 *
 * Two things are known only once something exists: addresses where the network
 * is made with the cluster, and host ports that the user left open. They come in
 * through `Facts.settled`; until then the fields are absent.
 */
export interface DesiredCluster {
  version: 1;
  name: string;
  /** Random id of this cluster; every object carries it as a label. */
  clusterId: string;
  runtime: string;
  token: string;
  network: DesiredNetwork;
  volumes: DesiredVolume[];
  /** Sources of bind mounts that this machine lacks: made as empty directories, as Docker does. */
  directories: string[];
  images: DesiredImage[];
  nodes: DesiredNode[];
  registries: DesiredRegistries;
  api: {
    /** TLS SAN and label. */
    host: string;
    hostIp: string;
    /** Absent: settled when it is carried out. */
    port?: number;
    /** What kubeconfigs call it where that is not what `host` means to a client. */
    clientHost?: string;
    /** Name of the node that publishes it; absent on the host network. */
    publishedBy?: string;
  };
  /** What the load balancer forwards; absent without one. */
  loadBalancer?: LoadBalancerValues;
}
