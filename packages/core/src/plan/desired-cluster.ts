import type { ResolvedConfig } from "../config/resolved-config.js";
import { K3dError } from "../errors/index.js";
import { loadBalancerEnv } from "../loadbalancer/command.js";
import { applyLoadBalancerOverrides } from "../loadbalancer/overrides.js";
import {
  DEFAULT_LB_SETTINGS,
  addForward,
  type LoadBalancerValues,
} from "../loadbalancer/values.js";
import { API_PORT } from "../model/defaults.js";
import { imageVolumeName, loadBalancerName, nodeName } from "../model/names.js";
import { kubernetesNodeName } from "../node/kubernetes-node.js";
import { CLUSTER_CIDR_IPV6, SERVICE_CIDR_IPV6 } from "../node/ip-families.js";
import type { ClusterContext, NodeDefinition } from "../node/node-definition.js";
import { objectLabels } from "../node/node-labels.js";
import { nodeToSpec } from "../node/node-to-spec.js";
import type { PortBinding } from "../runtime/container-spec.js";
import { fixedAddressCount, gatewayOf, parseSubnet } from "../runtime/subnet.js";
import { assignAddresses } from "./addresses.js";
import { checkCapabilities, checkContainers } from "./check-capabilities.js";
import { defineNodes } from "./define-nodes.js";
import type { DesiredCluster, DesiredNode, DesiredRegistries } from "./desired.js";
import type { Facts, NetworkBinding } from "./facts.js";
import { checkNetworks } from "./ip-families.js";
import { formatKeptHooks } from "./kept-hooks.js";
import { planNetwork } from "./network.js";
import { nodeFiles } from "./node-files.js";
import { settlePorts } from "./open-ports.js";
import { addPort, planPorts } from "./ports.js";
import { applyProxy } from "./proxy.js";
import { placeNodes, withPlacement } from "./place-nodes.js";
import { planRegistries, registryNode } from "./registries.js";
import { planVolumes } from "./volumes.js";

/**
 * What this config means on this engine. Pure: the same config and facts give
 * the same cluster.
 *
 * @throws `INVALID_INPUT`, `CONFLICTING_OPTIONS`, `UNSUPPORTED`.
 */
export async function desiredCluster(
  config: ResolvedConfig,
  facts: Facts,
): Promise<DesiredCluster> {
  checkCapabilities(config, facts);
  const name = config.metadata.name;
  const identity = { name, id: facts.clusterId, version: facts.version };
  const network = planNetwork(config, facts, objectLabels(identity));
  const onHost = network.action === "host";
  const withLoadBalancer = !onHost && !config.options.k3d.disableLoadbalancer;
  const definitions = defineNodes(config, facts, withLoadBalancer);
  placeNodes(definitions, config, facts);
  const overMachines = config.machines.length > 0;
  if (overMachines) requireOwnNetwork(network);
  const bound = facts.settled.network;
  const subnet = bound?.subnet ?? network.subnet;
  const gateway = overMachines ? undefined : gatewayIn(network, subnet, bound);
  const ipv6 = network.ipv6 && (bound?.ipv6 ?? network.ipv6);
  checkNetworks({ subnet, ipv6 }, definitions);
  const context: ClusterContext = {
    ...identity,
    token: config.token ?? facts.existing?.token ?? facts.token,
    network: {
      name: network.name,
      external: network.action === "use",
      host: onHost,
      fixedAddresses: network.fixedAddresses,
      overMachines,
      ...(bound === undefined ? {} : { id: bound.id }),
      subnet,
      gateway,
      ipv6,
    },
    rootless: facts.info.rootless,
    clusterInit: config.servers > 1 && !usesExternalDatastore(definitions),
    ...imageVolume(config),
    api: {
      host: config.kubeAPI.host ?? facts.info.remoteHost ?? "0.0.0.0",
      hostIp: config.kubeAPI.hostIP ?? "0.0.0.0",
      ...clientHost(config, facts),
    },
    ...expires(config, facts),
    hooks: formatKeptHooks(config.hooks, definitions),
    ...(withLoadBalancer ? { loadBalancer: loadBalancerName(name) } : {}),
    url: `https://${nodeName(name, "server", 0)}:${API_PORT}`,
    hostAliases: config.hostAliases,
  };
  const asked = config.kubeAPI.port ?? facts.existing?.apiPort;
  const publisher = publishApi(definitions, context, {
    port: asked,
    hostIp: config.kubeAPI.hostIP ?? (ipv6 === undefined ? context.api.hostIp : undefined),
    onHost,
  });
  const values = planPorts(
    config,
    definitions,
    withLoadBalancer ? initialValues(definitions) : undefined,
  );
  for (const cidr of [subnet, ipv6?.subnet]) {
    checkSubnetSize(cidr, network.fixedAddresses, definitions.length);
    if (network.fixedAddresses && cidr !== undefined)
      assignAddresses(definitions, parseSubnet(cidr), facts);
  }
  settlePorts(definitions, facts);
  const apiPort = onHost ? (asked ?? API_PORT) : boundApiPort(publisher);
  if (apiPort !== undefined) context.api.port = apiPort;

  const loadBalancer =
    values === undefined
      ? undefined
      : applyLoadBalancerOverrides(values, config.options.k3d.loadbalancer.configOverrides);
  const dnsUpstream = dnsForward(loadBalancer, network.fixedAddresses, facts);
  const balancer = definitions.find(({ role }) => role === "loadbalancer");
  balancer?.env.push(...loadBalancerEnv(dnsUpstream));
  if (dnsUpstream !== undefined && balancer?.address !== undefined)
    context.resolver = balancer.address;

  const registries = planRegistries(config, facts);
  if (facts.proxy !== undefined) {
    applyProxy(definitions, facts.proxy, [
      ...directNames(definitions, registries),
      ...(subnet === undefined ? [] : [subnet]),
      ...(ipv6 === undefined ? [] : [ipv6.subnet, CLUSTER_CIDR_IPV6, SERVICE_CIDR_IPV6]),
    ]);
  }
  const k3dNodes = await Promise.all(
    definitions.map(async (definition): Promise<DesiredNode> => {
      const kubernetesNode = kubernetesNodeName(definition);
      return {
        name: definition.name,
        role: definition.role,
        index: definition.index,
        initServer: definition.initServer,
        spec: nodeToSpec(definition, context),
        files: await nodeFiles(definition, {
          facts,
          context,
          registries,
          loadBalancer,
          addressOf: (other) => definitions.find((node) => node.name === other)?.address,
        }),
        kubernetesNode,
      };
    }),
  );
  const all =
    registries.create === undefined
      ? k3dNodes
      : [...k3dNodes, await registryNode(registries.create, context, network.name, facts.version)];
  const nodes = withPlacement(name, all);
  checkContainers(
    nodes.map(({ spec }) => spec),
    facts,
  );
  return {
    version: 1,
    name,
    clusterId: facts.clusterId,
    runtime: facts.runtime,
    token: context.token,
    network: {
      ...network,
      subnet,
      gateway,
      ipv6,
    },
    volumes: planVolumes(config, context, nodes, facts),
    directories: [...facts.missingPaths].sort(),
    images: neededImages(nodes),
    nodes,
    registries,
    api: {
      ...context.api,
      ...(publisher === undefined ? {} : { publishedBy: publisher.name }),
    },
    loadBalancer,
  };
}

/** @throws `CONFLICTING_OPTIONS` for a network that others made: over machines k3d must know which addresses are free. */
function requireOwnNetwork({ name, action }: DesiredCluster["network"]): void {
  if (action === "create" || action === "adopt") return;
  throw new K3dError(
    "CONFLICTING_OPTIONS",
    `Network '${name}' is named, but a cluster over machines has a network of its own`,
    { hint: "Leave one of --network and --machine out." },
  );
}

/** The host's address on the network. Over several machines there is none: it leads to no host. */
function gatewayIn(
  network: DesiredCluster["network"],
  subnet: string | undefined,
  bound: NetworkBinding | undefined,
): string | undefined {
  const computed =
    subnet === undefined || network.action === "use" ? undefined : gatewayOf(parseSubnet(subnet));
  return bound?.gateway ?? network.gateway ?? computed;
}

/** Scripts look for the wildcard address that they asked for; on another machine it leads nowhere. */
function clientHost(
  { kubeAPI: { clientHost: named } }: ResolvedConfig,
  { info }: Facts,
): { clientHost?: string } {
  return named === "0.0.0.0" && info.remoteHost === undefined ? { clientHost: named } : {};
}

/** The time to live counts from the creation: what a cluster has stays. */
function expires(
  { options }: ResolvedConfig,
  { existing, now }: Facts,
): Pick<ClusterContext, "expires"> {
  const { ttlMs } = options.k3d;
  if (existing !== undefined) return { expires: existing.expires };
  return ttlMs === undefined ? {} : { expires: new Date(now + ttlMs).toISOString() };
}

/** The load balancer passes DNS queries on to this resolver, which is on its own loopback, so that pods can reach it. */
function dnsForward(
  values: LoadBalancerValues | undefined,
  fixedAddresses: boolean,
  facts: Facts,
): string | undefined {
  const { embeddedDns } = facts.info;
  if (values === undefined || !fixedAddresses || !facts.fixes.dns || embeddedDns === undefined)
    return undefined;
  return "53.udp" in values.ports || "53.tcp" in values.ports ? undefined : `${embeddedDns}:53`;
}

function boundApiPort(publisher: NodeDefinition | undefined): number | undefined {
  return publisher?.ports.find(
    ({ containerPort, protocol }) => containerPort === API_PORT && protocol === "tcp",
  )?.hostPort;
}

/** What is inside the cluster's network. */
function directNames(
  nodes: readonly NodeDefinition[],
  { create, use }: DesiredRegistries,
): string[] {
  return [...nodes, ...(create === undefined ? [] : [create]), ...use].map(({ name }) => name);
}

function imageVolume(config: ResolvedConfig): Pick<ClusterContext, "imageVolume"> {
  const { disableImageVolume, imageVolume: given } = config.options.k3d;
  if (disableImageVolume) return {};
  return {
    imageVolume:
      given === undefined
        ? { name: imageVolumeName(config.metadata.name), external: false }
        : { name: given, external: true },
  };
}

function usesExternalDatastore(nodes: readonly NodeDefinition[]): boolean {
  const servers = nodes.filter(({ role }) => role === "server");
  return servers.some(
    ({ k3sArgs, env }) =>
      k3sArgs.some((arg) => arg.startsWith("--datastore-endpoint")) ||
      env.some((entry) => entry.startsWith("K3S_DATASTORE_ENDPOINT=")),
  );
}

/** The API is published on the load balancer, or on the first server when there is none. */
function publishApi(
  nodes: NodeDefinition[],
  context: ClusterContext,
  { port, hostIp, onHost }: Pick<PortBinding, "hostIp"> & { port?: number; onHost: boolean },
): NodeDefinition | undefined {
  const [firstServer] = nodes;
  if (onHost) {
    if (port !== undefined && port !== API_PORT)
      firstServer?.k3sArgs.push("--https-listen-port", String(port));
    return undefined;
  }
  const publisher = nodes.find(({ name }) => name === context.loadBalancer) ?? firstServer;
  if (publisher !== undefined) {
    addPort(publisher, {
      containerPort: API_PORT,
      protocol: "tcp",
      hostIp,
      hostPort: port,
    });
  }
  return publisher;
}

function initialValues(nodes: readonly NodeDefinition[]): LoadBalancerValues {
  const servers = nodes.filter(({ role }) => role === "server").map(({ name }) => name);
  return addForward({ ports: {}, settings: { ...DEFAULT_LB_SETTINGS } }, API_PORT, "tcp", servers);
}

function neededImages(nodes: readonly DesiredNode[]): DesiredCluster["images"] {
  const references = new Set(nodes.map(({ spec }) => spec.image));
  return [...references].map((reference) => ({
    reference,
    usedBy: nodes.filter(({ spec }) => spec.image === reference).map(({ name }) => name),
  }));
}

function checkSubnetSize(subnet: string | undefined, fixed: boolean, count: number): void {
  if (subnet === undefined || !fixed || fixedAddressCount(parseSubnet(subnet)) >= count) return;
  throw new K3dError(
    "INVALID_INPUT",
    `Subnet ${subnet} is too small for ${count} containers with fixed addresses`,
    {
      hint: "Half of the subnet is reserved for the engine's own addresses; use a larger one, e.g. a /24.",
    },
  );
}
