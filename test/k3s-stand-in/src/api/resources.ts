/** One kind of object that the API serves. */
export interface Resource {
  /** API group, empty for the core group. */
  group: string;
  version: string;
  plural: string;
  singular: string;
  kind: string;
  namespaced: boolean;
  shortNames: string[];
  categories: string[];
  /** Whether `/status` is a subresource whose writes leave the rest alone. */
  status: boolean;
}

function resource(
  group: string,
  version: string,
  plural: string,
  kind: string,
  more: Partial<Resource> = {},
): Resource {
  return {
    group,
    version,
    plural,
    kind,
    singular: kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    categories: [],
    status: false,
    ...more,
  };
}

const all = { categories: ["all"] };
const cluster = { namespaced: false };

export const resources: Resource[] = [
  resource("", "v1", "namespaces", "Namespace", { ...cluster, shortNames: ["ns"], status: true }),
  resource("", "v1", "nodes", "Node", { ...cluster, shortNames: ["no"], status: true }),
  resource("", "v1", "persistentvolumes", "PersistentVolume", {
    ...cluster,
    shortNames: ["pv"],
    status: true,
  }),
  resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", {
    shortNames: ["pvc"],
    status: true,
  }),
  resource("", "v1", "pods", "Pod", { ...all, shortNames: ["po"], status: true }),
  resource("", "v1", "services", "Service", { ...all, shortNames: ["svc"], status: true }),
  resource("", "v1", "endpoints", "Endpoints", { shortNames: ["ep"], singular: "endpoints" }),
  resource("", "v1", "configmaps", "ConfigMap", { shortNames: ["cm"] }),
  resource("", "v1", "secrets", "Secret"),
  resource("", "v1", "serviceaccounts", "ServiceAccount", { shortNames: ["sa"] }),
  resource("", "v1", "events", "Event", { shortNames: ["ev"] }),
  resource("apps", "v1", "deployments", "Deployment", {
    ...all,
    shortNames: ["deploy"],
    status: true,
  }),
  resource("apps", "v1", "daemonsets", "DaemonSet", { ...all, shortNames: ["ds"], status: true }),
  resource("apps", "v1", "statefulsets", "StatefulSet", {
    ...all,
    shortNames: ["sts"],
    status: true,
  }),
  resource("apps", "v1", "replicasets", "ReplicaSet", { ...all, shortNames: ["rs"], status: true }),
  resource("batch", "v1", "jobs", "Job", { ...all, status: true }),
  resource("batch", "v1", "cronjobs", "CronJob", { ...all, shortNames: ["cj"], status: true }),
  resource("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
  resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", {
    shortNames: ["pdb"],
    status: true,
  }),
  resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", {
    shortNames: ["netpol"],
  }),
  resource("coordination.k8s.io", "v1", "leases", "Lease"),
  resource("networking.k8s.io", "v1", "ingresses", "Ingress", {
    shortNames: ["ing"],
    status: true,
  }),
  resource("networking.k8s.io", "v1", "ingressclasses", "IngressClass", cluster),
  resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", {
    ...cluster,
    shortNames: ["sc"],
  }),
  resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", cluster),
  resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", cluster),
  resource("rbac.authorization.k8s.io", "v1", "roles", "Role"),
  resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
  resource("helm.cattle.io", "v1", "helmcharts", "HelmChart"),
  resource("helm.cattle.io", "v1", "helmchartconfigs", "HelmChartConfig"),
  resource("k3s.cattle.io", "v1", "addons", "Addon"),
];

export const verbs = [
  "create",
  "delete",
  "deletecollection",
  "get",
  "list",
  "patch",
  "update",
  "watch",
];

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return resources.find(
    (candidate) =>
      candidate.group === group && candidate.version === version && candidate.plural === plural,
  );
}

export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return resources.find(
    (candidate) => apiVersionOf(candidate) === apiVersion && candidate.kind === kind,
  );
}

export function apiVersionOf(of: Pick<Resource, "group" | "version">): string {
  return of.group ? `${of.group}/${of.version}` : of.version;
}

/** `plural.group` as API messages name a resource. */
export function qualifiedName(of: Pick<Resource, "group" | "plural">): string {
  return of.group ? `${of.plural}.${of.group}` : of.plural;
}

/** Storage key; objects without namespace have an empty one. */
export function keyOf(of: Resource, namespace: string, name: string): string {
  return `${prefixOf(of, namespace)}${name}`;
}

export function prefixOf(of: Resource, namespace: string | undefined): string {
  const base = `/${of.group || "core"}/${of.plural}/`;
  return namespace === undefined ? base : `${base}${of.namespaced ? namespace : ""}/`;
}
