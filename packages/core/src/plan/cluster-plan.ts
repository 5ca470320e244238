import type { LoadBalancerValues } from "../loadbalancer/values.js";
import type { ContainerFile } from "../runtime/container-file.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import type { RegistryDefinition } from "../registry/definition.js";
import type { RegistryEndpoint } from "../registry/registries-yaml.js";
import type { Role } from "../model/roles.js";

export interface PlannedNode {
  name: string;
  role: Role;
  /** Counts from 0 within its role. */
  index: number;
  initServer: boolean;
  spec: ContainerSpec;
  files: ContainerFile[];
  /** Host number of the fixed address in the cluster's subnet; absent where the engine chooses. */
  addressOffset?: number;
  /** Name of the Kubernetes Node that it registers; absent when it registers none. */
  kubernetesNode?: string;
}

export interface PlannedNetwork {
  name: string;
  /** `create`: ours; `adopt`: ours, left over from before; `use`: belongs to others, never removed; `host`: none at all. */
  action: "create" | "adopt" | "use" | "host";
  labels: Record<string, string>;
  /** CIDR where it is known before the network exists. */
  subnet?: string;
  gateway?: string;
  /** Nodes get fixed addresses. */
  fixedAddresses: boolean;
  /** The subnet may be chosen freely (by the engine, then pinned). */
  chooseSubnet: boolean;
}

export interface PlannedVolume {
  name: string;
  /** `use`: exists and is left alone on delete. */
  action: "create" | "use";
  labels: Record<string, string>;
}

export interface PlannedImage {
  reference: string;
  /** Names of the nodes that need it. */
  usedBy: string[];
}

export interface PlannedRegistries {
  /** Made with the cluster and deleted with it. */
  create?: RegistryDefinition;
  /** The created one listens inside on the same port as on the host. */
  portsMatch?: boolean;
  /** Existing ones: connected to the cluster's network, left alone on delete. */
  use: RegistryEndpoint[];
  /** The user's `registries.yaml`, merged over what k3d writes. */
  userConfig?: string;
}

/**
 * Everything that `cluster create` will do, as plain data.
 *
 * Three things are known only once the network and the entry point exist:
 * addresses, the network's id, and ports that the user left open. `bindNetwork`
 * and its like put them in; until then those fields are absent.
 */
export interface ClusterPlan {
  version: 1;
  cluster: string;
  /** Random id of this creation; every object carries it as a label. */
  clusterId: string;
  runtime: string;
  token: string;
  network: PlannedNetwork;
  volumes: PlannedVolume[];
  /** Sources of bind mounts that this machine lacks: made as empty directories, as Docker does. */
  directories: string[];
  images: PlannedImage[];
  nodes: PlannedNode[];
  registries: PlannedRegistries;
  api: {
    /** TLS SAN and label. */
    host: string;
    hostIp: string;
    /** Absent: settled when the plan is carried out. */
    port?: number;
    /** Name of the node that publishes it; absent on the host network. */
    publishedBy?: string;
  };
  /**
   * The load balancer also passes DNS queries on to this resolver, which is on
   * its own loopback, so that pods can reach it; absent where none is needed.
   */
  dnsUpstream?: string;
  /** Load-balancer values as kept in the container; absent without one. */
  loadBalancer?: LoadBalancerValues;
  /** Nodes use a proxy, which must not be used for the cluster's own subnet. */
  proxied: boolean;
  kubeconfig: { update: boolean; switchContext: boolean };
  wait: boolean;
  /** Milliseconds; absent: the default. */
  timeoutMs?: number;
  rollback: boolean;
  warnings: string[];
  /** SHA-256 over the resolved config. */
  configHash: string;
}
