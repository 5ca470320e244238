import { createHash } from "node:crypto";
import type { ResolvedConfig } from "../config/resolved-config.js";
import { loadBalancerEnv } from "../loadbalancer/command.js";
import { applyLoadBalancerOverrides } from "../loadbalancer/overrides.js";
import { DEFAULT_LB_SETTINGS, addForward } from "../loadbalancer/values.js";
import { API_PORT } from "../model/defaults.js";
import { imageVolumeName, loadBalancerName, nodeName } from "../model/names.js";
import type { ClusterContext, NodeDefinition } from "../node/node-definition.js";
import { entrypointFile } from "../node/entrypoint.js";
import { nodeToSpec } from "../node/node-to-spec.js";
import { objectLabels } from "../node/node-labels.js";
import { checkCapabilities, checkContainers } from "./check-capabilities.js";
import type { ClusterPlan, PlannedNode, PlannedRegistries } from "./cluster-plan.js";
import type { LoadBalancerValues } from "../loadbalancer/values.js";
import type { ContainerFile } from "../runtime/container-file.js";
import { defineNodes } from "./define-nodes.js";
import { runsK3s } from "../model/roles.js";
import type { PlanFacts } from "./facts.js";
import { kubernetesNodeName } from "../node/kubernetes-node.js";
import { planNetwork } from "./network.js";
import { addPort, planPorts } from "./ports.js";
import { FIRST_NODE_OFFSET, fixedAddressCount, gatewayOf, parseSubnet } from "../runtime/subnet.js";
import { applyProxy } from "./proxy.js";
import { planRegistries, registryNode } from "./registries.js";
import { planVolumes } from "./volumes.js";
import { planWarnings } from "./warnings.js";
import { K3dError } from "../errors/index.js";

/**
 * Everything that creating this cluster will do. Pure: the same config and
 * facts give the same plan.
 *
 * @throws `INVALID_INPUT`, `CONFLICTING_OPTIONS`, `UNSUPPORTED`.
 */
export function planCluster(config: ResolvedConfig, facts: PlanFacts): ClusterPlan {
  checkCapabilities(config, facts);
  const name = config.metadata.name;
  const identity = { name, id: facts.clusterId, version: facts.version };
  const network = planNetwork(config, facts, objectLabels(identity));
  const onHost = network.action === "host";
  const withLoadBalancer = !onHost && !config.options.k3d.disableLoadbalancer;
  const definitions = defineNodes(config, facts, withLoadBalancer);
  const configHash = hashConfig(config);
  const context: ClusterContext = {
    ...identity,
    token: config.token ?? facts.token,
    network: {
      name: network.name,
      external: network.action === "use",
      host: onHost,
      fixedAddresses: network.fixedAddresses,
    },
    rootless: facts.info.rootless,
    clusterInit: config.servers > 1 && !usesExternalDatastore(definitions),
    ...imageVolume(config),
    api: {
      host: config.kubeAPI.host ?? facts.info.remoteHost ?? "0.0.0.0",
      hostIp: config.kubeAPI.hostIP ?? "0.0.0.0",
    },
    ...(withLoadBalancer ? { loadBalancer: loadBalancerName(name) } : {}),
    url: `https://${nodeName(name, "server", 0)}:${API_PORT}`,
    hostAliases: config.hostAliases,
    configHash,
  };
  const apiPort = config.kubeAPI.port;
  const publisher = publishApi(definitions, context, apiPort, onHost);
  const values = planPorts(
    config,
    definitions,
    withLoadBalancer ? initialValues(definitions) : undefined,
  );
  checkSubnetSize(network.subnet, network.fixedAddresses, definitions.length);

  const dns = dnsForward(values, network.fixedAddresses, facts);
  definitions
    .find(({ role }) => role === "loadbalancer")
    ?.env.push(...loadBalancerEnv(dns.dnsUpstream));
  const registries = planRegistries(config, facts);
  if (facts.proxy !== undefined)
    applyProxy(definitions, facts.proxy, directNames(definitions, registries));
  const k3dNodes = definitions.map((definition, position): PlannedNode => {
    const kubernetesNode = kubernetesNodeName(definition);
    return {
      name: definition.name,
      role: definition.role,
      index: definition.index,
      initServer: definition.initServer,
      spec: nodeToSpec(definition, context),
      files: nodeFiles(definition, facts),
      ...(network.fixedAddresses ? { addressOffset: FIRST_NODE_OFFSET + position } : {}),
      ...(kubernetesNode === undefined ? {} : { kubernetesNode }),
    };
  });
  const nodes =
    registries.create === undefined
      ? k3dNodes
      : [...k3dNodes, registryNode(registries.create, context, network.name, facts.version)];
  const specs = nodes.map(({ spec }) => spec);
  checkContainers(specs, facts);
  return {
    version: 1,
    cluster: name,
    clusterId: facts.clusterId,
    runtime: facts.runtime,
    token: context.token,
    network:
      network.subnet !== undefined && network.action === "create"
        ? { ...network, gateway: gatewayOf(parseSubnet(network.subnet)) }
        : network,
    volumes: planVolumes(config, context, nodes, facts),
    directories: [...facts.missingPaths].sort(),
    images: neededImages(nodes),
    nodes,
    registries,
    api: {
      ...context.api,
      ...(onHost ? { port: apiPort ?? API_PORT } : apiPort === undefined ? {} : { port: apiPort }),
      ...(publisher === undefined ? {} : { publishedBy: publisher.name }),
    },
    ...(values === undefined
      ? {}
      : {
          loadBalancer: applyLoadBalancerOverrides(
            values,
            config.options.k3d.loadbalancer.configOverrides,
          ),
        }),
    ...dns,
    proxied: facts.proxy !== undefined,
    kubeconfig: {
      update: config.options.kubeconfig.updateDefaultKubeconfig,
      switchContext: config.options.kubeconfig.switchCurrentContext,
    },
    wait: config.options.k3d.wait,
    ...timeout(config),
    rollback: !config.options.k3d.disableRollback,
    warnings: planWarnings(config, network, nodes, facts),
    configHash,
  };
}

/** What is inside the cluster's network. */
function directNames(
  nodes: readonly NodeDefinition[],
  { create, use }: PlannedRegistries,
): string[] {
  return [...nodes, ...(create === undefined ? [] : [create]), ...use].map(({ name }) => name);
}

/** Only with a fixed address can the load balancer be named as resolver. */
function dnsForward(
  values: LoadBalancerValues | undefined,
  fixedAddresses: boolean,
  facts: PlanFacts,
): { dnsUpstream?: string } {
  const { embeddedDns } = facts.info;
  if (values === undefined || !fixedAddresses || !facts.fixes.dns || embeddedDns === undefined)
    return {};
  return "53.udp" in values.ports || "53.tcp" in values.ports
    ? {}
    : { dnsUpstream: `${embeddedDns}:53` };
}

function timeout(config: ResolvedConfig): { timeoutMs?: number } {
  const { timeoutMs } = config.options.k3d;
  return timeoutMs === undefined ? {} : { timeoutMs };
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
  port: number | undefined,
  onHost: boolean,
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
      hostIp: context.api.hostIp,
      ...(port === undefined ? {} : { hostPort: port }),
    });
  }
  return publisher;
}

function initialValues(nodes: readonly NodeDefinition[]): LoadBalancerValues {
  const servers = nodes.filter(({ role }) => role === "server").map(({ name }) => name);
  return addForward({ ports: {}, settings: { ...DEFAULT_LB_SETTINGS } }, API_PORT, "tcp", servers);
}

function nodeFiles(node: NodeDefinition, facts: PlanFacts): ContainerFile[] {
  return runsK3s(node) ? [entrypointFile(facts.fixes), ...node.files] : node.files;
}

function neededImages(nodes: readonly PlannedNode[]): ClusterPlan["images"] {
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
      hint: "Half of the subnet is kept for the engine's own addresses; use a larger one, e.g. a /24.",
    },
  );
}

/** SHA-256 over the config with sorted keys; the name and secrets are part of it. */
export function hashConfig(config: ResolvedConfig): string {
  const sorted = JSON.stringify(config, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(sorted).digest("hex");
}
