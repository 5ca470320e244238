import { REGISTRY_PORT } from "../model/defaults.js";
import { LABELS } from "../model/labels.js";
import { OBJECT_PREFIX } from "../model/names.js";
import { missing } from "../node/find.js";
import type { NodeView } from "../node/views.js";
import type { RegistryEndpoint } from "./registries-yaml.js";

/** A registry as the engine has it now. */
export interface RegistryView extends NodeView {
  role: "registry";
  /** Address on the host; absent when it is not published. */
  hostIp?: string;
  hostPort?: number;
  internalPort: number;
  /** Host whose images it caches (`docker.io`). */
  proxies?: string;
  tls: boolean;
  /** Users have to log in. */
  authenticated: boolean;
  /** The set that it was made with. */
  group?: string;
  /** Clusters whose nodes share a network with it. */
  usedBy: string[];
}

/** The registries among these nodes. */
export function registryViews(nodes: readonly NodeView[]): RegistryView[] {
  return nodes.filter(({ role }) => role === "registry").map((node) => registryView(node, nodes));
}

function registryView(node: NodeView, all: readonly NodeView[]): RegistryView {
  const { labels } = node;
  const { internalPort, externalPort, proxies } = registryEndpoint(node);
  const published = node.ports.find(({ containerPort }) => containerPort === internalPort);
  const hostIp = published?.hostIp ?? labels[LABELS.registryHostIp];
  const group = labels[LABELS.registryGroup];
  return {
    ...node,
    role: "registry",
    hostIp,
    hostPort: externalPort,
    internalPort,
    proxies,
    tls: labels[LABELS.registryTls] === "true",
    authenticated: labels[LABELS.registryAuth] === "true",
    group,
    usedBy: clustersBeside(node, all),
  };
}

/** Names of the clusters with a k3s node on one of this container's networks. */
export function clustersBeside(
  node: Pick<NodeView, "networks">,
  all: readonly NodeView[],
): string[] {
  const names = all
    .filter(
      ({ role, networks }) =>
        (role === "server" || role === "agent") &&
        networks.some((name) => node.networks.includes(name)),
    )
    .flatMap(({ cluster }) => cluster ?? []);
  return [...new Set(names)].toSorted();
}

/**
 * The registries that `name` means: a container's name with or without the
 * prefix `k3d-`, or that of a set made by one command.
 *
 * @throws `NOT_FOUND`.
 */
export function findRegistries<T extends NodeView>(name: string, registries: readonly T[]): T[] {
  for (const candidate of [name, `${OBJECT_PREFIX}-${name}`]) {
    const found = registries.filter((registry) => registry.name === candidate);
    if (found.length > 0) return found;
    const set = registries.filter(({ labels }) => labels[LABELS.registryGroup] === candidate);
    if (set.length > 0) return set;
  }
  throw missing("registry", [name], registries);
}

/** How nodes reach a registry that exists. */
export function registryEndpoint(node: NodeView, port?: number): RegistryEndpoint {
  const label = (name: string): number | undefined => Number(node.labels[name]) || undefined;
  const internalPort = port ?? label(LABELS.registryPortInternal) ?? REGISTRY_PORT;
  const externalPort =
    node.ports.find(({ containerPort }) => containerPort === internalPort)?.hostPort ??
    label(LABELS.registryPortExternal);
  const proxies = node.labels[LABELS.registryProxies];
  return {
    name: node.name,
    internalPort,
    externalPort,
    ...(proxies === undefined || proxies === "" ? {} : { proxies }),
    ...(node.labels[LABELS.registryTls] === "true" ? { tls: true } : {}),
  };
}
