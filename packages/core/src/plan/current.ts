import { loadBalancerCommand, loadBalancerEnv } from "../loadbalancer/command.js";
import {
  addForward,
  DEFAULT_LB_SETTINGS,
  type LoadBalancerValues,
} from "../loadbalancer/values.js";
import { API_PORT } from "../model/defaults.js";
import { LABELS } from "../model/labels.js";
import { kubernetesNodeName } from "../node/kubernetes-node.js";
import { objectLabels } from "../node/node-labels.js";
import type { ContainerSpec } from "../runtime/container-spec.js";
import { subnetOf } from "../runtime/subnet.js";
import { addressPools } from "./addresses.js";
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
  const present = observed.nodes.map(currentNode);
  const labels = observed.nodes.find(({ role }) => role === "server")?.labels ?? {};
  const clusterId = observed.nodes
    .map((node) => node.labels[LABELS.clusterId])
    .find((id) => id !== undefined);
  const subnets = network?.subnets ?? [];
  const { subnet, gateway } = subnetOf(subnets, 4) ?? {};
  const isDualStack = observed.nodes.some(
    (node) => node.labels[LABELS.networkIpv6Range] !== undefined,
  );
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
      labels: {},
      fixedAddresses: observed.nodes.some(({ info }) =>
        info.networks.some((attached) => attached.fixedIpv4Address),
      ),
      chooseSubnet: false,
      subnet,
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

function currentNode(node: ObservedNode): DesiredNode {
  const { name, role, initServer, info, imageEnv = [] } = node;
  const inherited = new Set(imageEnv);
  const env = info.spec.process.env.filter((entry) => !inherited.has(entry));
  const kubernetesNode = kubernetesNodeName({
    name,
    role,
    k3sArgs: info.spec.process.args ?? [],
    env: info.spec.process.env,
  });
  return {
    name,
    role,
    index: Number(/-(\d+)$/.exec(name)?.[1] ?? 0),
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
  const { view, nodes } = observed;
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
  const sample = nodes.find(({ role }) => role === "server");
  const resolver = sample?.info.spec.process.env
    .find((entry) => entry.startsWith("K3D_RESOLVER="))
    ?.slice("K3D_RESOLVER=".length);
  const pools = addressPools(desired.network, observed);
  // Where nodes ask it for names, it must be where they look for it.
  const ipv4Address = resolver ?? pools.ipv4?.take();
  const ipv6Address = pools.ipv6?.take();
  const dns = embeddedDns === undefined || resolver === undefined ? undefined : `${embeddedDns}:53`;
  const spec: ContainerSpec = {
    name,
    image: images.loadBalancer,
    hostname: name,
    process: { args: loadBalancerCommand(), env: loadBalancerEnv(dns) },
    mounts: [],
    labels: {
      ...objectLabels({ name: desired.name, id: desired.clusterId, version }),
      [LABELS.role]: "loadbalancer",
      ...(view.token === undefined ? {} : { [LABELS.clusterToken]: view.token }),
      [LABELS.network]: view.network.name,
      [LABELS.networkExternal]: String(view.network.external),
      ...(ipv4Address === undefined ? {} : { [LABELS.staticIp]: ipv4Address }),
      ...(ipv6Address === undefined ? {} : { [LABELS.staticIpv6]: ipv6Address }),
    },
    linux: {},
    init: true,
    networks: [{ name: view.network.name, ipv4Address, ipv6Address }],
    ports: [
      {
        containerPort: API_PORT,
        protocol: "tcp",
        hostIp: everywhere ? undefined : hostIp,
        hostPort: port,
      },
    ],
    restartPolicy: { name: "unless-stopped" },
  };
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
