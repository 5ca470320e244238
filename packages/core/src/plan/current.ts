import { loadBalancerEnv } from "../loadbalancer/command.js";
import {
  addForward,
  DEFAULT_LB_SETTINGS,
  type LoadBalancerValues,
} from "../loadbalancer/values.js";
import { API_PORT } from "../model/defaults.js";
import { LABELS } from "../model/labels.js";
import { registeredName } from "../node/kubernetes-node.js";
import { objectLabels } from "../node/node-labels.js";
import { placesOf } from "../node/places.js";
import { anyServer } from "../node/find.js";
import type { NodeDefinition } from "../node/node-definition.js";
import { nodeToSpec } from "../node/node-to-spec.js";
import { subnetOf } from "../runtime/subnet.js";
import { addressPools } from "./addresses.js";
import { clusterContext, variable } from "./cluster-context.js";
import type { DesiredCluster, DesiredNode } from "./desired.js";
import type { ObservedCluster, ObservedNode } from "./observed.js";

/** What must be known to make again what a cluster lost. */
export interface CurrentFacts {
  /** k3d's own version. */
  version: string;
  runtime: string;
  images: { loadBalancer: string };
  /** The engine's resolver where it is on the loopback of containers. */
  embeddedDns?: string;
}

/**
 * A cluster as it is, put as what it shall be: the start of every change that no
 * config file describes. A load balancer that its servers name but that is gone
 * is part of it.
 */
export function currentCluster(observed: ObservedCluster, facts: CurrentFacts): DesiredCluster {
  const { view, network } = observed;
  const places = placesOf(observed.name, observed.nodes);
  const present = observed.nodes.map((node) => currentNode(node, places.get(node.name) ?? 0));
  const labels = observed.nodes.find(({ role }) => role === "server")?.labels ?? {};
  const clusterId = observed.nodes
    .map((node) => node.labels[LABELS.clusterId])
    .find((id) => id !== undefined);
  const subnets = network?.subnets ?? [];
  const { subnet, gateway } = subnetOf(subnets, 4) ?? {};
  const isDualStack = observed.nodes.some(
    (node) => node.labels[LABELS.networkIpv6Range] !== undefined,
  );
  // Its own network, which somebody removed: to be made again as it was.
  const isLost = network === undefined && !view.network.external;
  const api = { host: "0.0.0.0", hostIp: "0.0.0.0", ...view.api };
  const desired: DesiredCluster = {
    version: 1,
    name: observed.name,
    clusterId: clusterId ?? "",
    runtime: view.runtime,
    token: view.token ?? "",
    network: {
      name: view.network.name,
      action: view.network.name === "host" ? "host" : view.network.external ? "use" : "adopt",
      labels: isLost
        ? objectLabels({ name: observed.name, id: clusterId ?? "", version: facts.version })
        : {},
      fixedAddresses: observed.nodes.some(
        (node) =>
          node.info.networks.some((attached) => attached.fixedIpv4Address) ||
          (isLost && node.labels[LABELS.staticIp] !== undefined),
      ),
      chooseSubnet: false,
      subnet: subnet ?? (isLost ? labels[LABELS.networkIpRange] : undefined),
      gateway,
      ipv6: isDualStack ? subnetOf(subnets, 6) : undefined,
    },
    volumes: [],
    directories: [],
    images: [],
    nodes: present,
    registries: { use: [] },
    api,
    loadBalancer: observed.loadBalancer,
  };
  const balancer = labels[LABELS.serverLoadBalancer];
  if (balancer === undefined || balancer === "" || view.hasLoadBalancer) return desired;
  return withLoadBalancer(desired, balancer, observed, facts);
}

function currentNode(node: ObservedNode, index: number): DesiredNode {
  const { name, role, initServer, info, imageEnv = [] } = node;
  const inherited = new Set(imageEnv);
  const env = info.spec.process.env.filter((entry) => !inherited.has(entry));
  const kubernetesNode = registeredName(role, info);
  return {
    name,
    role,
    index,
    initServer,
    spec: { ...info.spec, process: { ...info.spec.process, env } },
    // Those in the container, which the step that replaces it carries over.
    files: [],
    kubernetesNode,
  };
}

/** The servers' label tells which load balancer there was; what it published besides the API is not known any more. */
function withLoadBalancer(
  desired: DesiredCluster,
  name: string,
  observed: ObservedCluster,
  { version, images, embeddedDns }: CurrentFacts,
): DesiredCluster {
  const servers = desired.nodes.filter(({ role }) => role === "server").map((node) => node.name);
  const values: LoadBalancerValues = addForward(
    { ports: {}, settings: { ...DEFAULT_LB_SETTINGS } },
    API_PORT,
    "tcp",
    servers,
  );
  const { hostIp, port, clientHost } = desired.api;
  // Nobody named the wildcard of one family: it stands for both.
  const everywhere =
    desired.network.ipv6 !== undefined && hostIp === "0.0.0.0" && clientHost === undefined;
  const resolver = variable(anyServer(observed.nodes), "K3D_RESOLVER");
  const pools = addressPools(desired.network, observed);
  const dns = embeddedDns === undefined || resolver === undefined ? undefined : `${embeddedDns}:53`;
  const definition: NodeDefinition = {
    name,
    role: "loadbalancer",
    index: 0,
    image: images.loadBalancer,
    initServer: false,
    env: loadBalancerEnv(dns),
    k3sArgs: [],
    k3sNodeLabels: [],
    runtimeLabels: {},
    mounts: [],
    ports: [
      {
        containerPort: API_PORT,
        protocol: "tcp",
        hostIp: everywhere ? undefined : hostIp,
        hostPort: port,
      },
    ],
    rlimits: [],
    hostPid: false,
    files: [],
    // Where nodes ask it for names, it must be where they look for it.
    address: resolver ?? pools.ipv4?.take(),
    ipv6Address: pools.ipv6?.take(),
  };
  const context = clusterContext(observed, desired, { version, rootless: false, hooks: undefined });
  const spec = nodeToSpec(definition, { ...context, loadBalancer: name });
  return {
    ...desired,
    loadBalancer: values,
    images: [{ reference: images.loadBalancer, usedBy: [name] }],
    nodes: [
      ...desired.nodes,
      { name, role: "loadbalancer", index: 0, initServer: false, spec, files: [] },
    ],
  };
}
