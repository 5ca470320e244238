import { formatBytes } from "../model/bytes.js";
import { keptVolumes } from "../node/kept-volumes.js";
import type { ClusterView, NodeView } from "../node/views.js";
import type { LoadBalancerValues } from "../loadbalancer/values.js";
import type { DetailedNode } from "../observe/details.js";
import { clusterState, describeState, type ClusterState } from "../observe/status.js";
import type { DesiredCluster, DesiredNode } from "../plan/desired.js";
import type { ContainerSpec, NetworkAttachment } from "../runtime/container-spec.js";
import { buildGraph, type GraphContainer } from "./build.js";
import type { ClusterGraph } from "./graph.js";

/** A cluster that is there, as a list with details tells it. */
export interface GraphSource extends Omit<ClusterView, "nodes"> {
  nodes: DetailedNode[];
  state?: ClusterState;
  loadBalancer?: LoadBalancerValues;
  volumes?: string[];
}

/**
 * The picture of a cluster that is there.
 *
 * @param registries that may serve it: those count which share its network
 */
export function observedGraph(
  cluster: GraphSource,
  registries: readonly NodeView[] = [],
): ClusterGraph {
  const { name, network } = cluster;
  const own = new Set(cluster.nodes.map((node) => node.name));
  const used = registries.filter(
    (registry) => registry.networks.includes(network.name) && !own.has(registry.name),
  );
  return buildGraph({
    cluster: name,
    state: describeState(cluster.state ?? clusterState(cluster)),
    machine: cluster.runtime,
    networks:
      network.name === ""
        ? []
        : [
            {
              name: network.name,
              details: networkDetails(network.ipRange, network.external),
            },
          ],
    containers: [
      ...cluster.nodes.map(observedContainer),
      ...used.map((registry) =>
        withDetail(observedContainer(registry), "serves other clusters too"),
      ),
    ],
    forwards: cluster.loadBalancer,
    volumes: cluster.volumes ?? [],
  });
}

function observedContainer(node: DetailedNode): GraphContainer {
  const { name, role, status, image, initServer, networks, labels, details } = node;
  const kept = new Set(keptVolumes(labels));
  const isKept = (source = ""): boolean => kept.has(source);
  return {
    name,
    role,
    status,
    networks,
    // A stopped container's ports are told by its spec alone.
    ports: node.ports.length > 0 ? node.ports : (details?.spec.ports ?? []),
    mounts: (details?.spec.mounts ?? []).filter(({ source }) => !isKept(source)),
    details: containerDetails(image, node, initServer, details?.spec),
  };
}

/** The picture of a cluster as it shall be. */
export function plannedGraph(desired: DesiredCluster): ClusterGraph {
  const { network, registries } = desired;
  const there = network.action === "use";
  return buildGraph({
    cluster: desired.name,
    state: "planned",
    machine: desired.runtime,
    networks: [{ name: network.name, details: networkDetails(network.subnet, there) }],
    containers: [
      ...desired.nodes.map(plannedContainer),
      ...registries.use.map(({ name, externalPort, internalPort, proxies }): GraphContainer => ({
        name,
        role: "registry",
        networks: [network.name],
        ports:
          externalPort === undefined
            ? []
            : [{ containerPort: internalPort, protocol: "tcp", hostPort: externalPort }],
        mounts: [],
        details: [
          ...(proxies === undefined ? [] : [`caches ${proxies}`]),
          "serves other clusters too",
        ],
      })),
    ],
    forwards: desired.loadBalancer,
    volumes: desired.volumes.map(({ name }) => name),
  });
}

function plannedContainer({ name, role, spec, initServer }: DesiredNode): GraphContainer {
  const [home] = spec.networks;
  return {
    name,
    role,
    networks: spec.hostNetwork === true ? ["host"] : spec.networks.map((network) => network.name),
    ports: spec.ports,
    mounts: spec.mounts,
    details: containerDetails(spec.image, home, initServer, spec),
  };
}

function containerDetails(
  image: string,
  { ipv4Address, ipv6Address }: Pick<NetworkAttachment, "ipv4Address" | "ipv6Address"> = {},
  initServer: boolean,
  spec: ContainerSpec | undefined,
): string[] {
  const memory = spec?.linux.resources?.memory?.limit;
  return [
    image,
    ...[ipv4Address, ipv6Address].filter((address) => address !== undefined),
    ...(initServer ? ["first server"] : []),
    ...(memory === undefined ? [] : [`at most ${formatBytes(memory)} of memory`]),
  ];
}

function networkDetails(subnet: string | undefined, external: boolean): string[] {
  return [...(subnet === undefined ? [] : [subnet]), ...(external ? ["not of this cluster"] : [])];
}

function withDetail(container: GraphContainer, detail: string): GraphContainer {
  return { ...container, details: [...container.details, detail] };
}
