import type { K3sRole } from "./roles.js";

export const OBJECT_PREFIX = "k3d";
export const DEFAULT_CLUSTER_NAME = "k3s-default";

/** Longest cluster name: node names must stay below Kubernetes' 63 characters. */
export const CLUSTER_NAME_MAX_LENGTH = 32;

export const clusterPrefix = (cluster: string): string => `${OBJECT_PREFIX}-${cluster}`;
export const nodeName = (cluster: string, role: K3sRole, index: number): string =>
  `${clusterPrefix(cluster)}-${role}-${index}`;
export const loadBalancerName = (cluster: string): string => `${clusterPrefix(cluster)}-serverlb`;
export const networkName = (cluster: string): string => clusterPrefix(cluster);
export const imageVolumeName = (cluster: string): string => `${clusterPrefix(cluster)}-images`;
export const defaultRegistryName = (cluster: string): string =>
  `${clusterPrefix(cluster)}-registry`;
/** Name of the kubeconfig context and cluster entry. */
export const kubeContextName = (cluster: string): string => clusterPrefix(cluster);
/** Name of the kubeconfig user entry. */
export const kubeUserName = (cluster: string): string => `admin@${clusterPrefix(cluster)}`;

const ASIDE_SUFFIX = "-k3d-replaced";
/** Name of a container that another one is about to replace, until it is removed. */
export const asideName = (name: string): string => `${name}${ASIDE_SUFFIX}`;
export const isAside = (name: string): boolean => name.endsWith(ASIDE_SUFFIX);
/** The name that a container had before it was put aside; `undefined` for one that was not. */
export const originalName = (name: string): string | undefined =>
  isAside(name) ? name.slice(0, -ASIDE_SUFFIX.length) : undefined;
