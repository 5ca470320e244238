import type { ResolvedConfig, ResolvedPort } from "../config/resolved-config.js";
import { K3dError } from "../errors/index.js";
import { selectNodes } from "../filters/select.js";
import { addForward } from "../loadbalancer/values.js";
import type { NodeDefinition } from "../node/node-definition.js";
import type { PortBinding } from "../runtime/container-spec.js";
import { isEveryAddress, sharesHostPort } from "../runtime/host-ports.js";
import type { LoadBalancerValues } from "../loadbalancer/values.js";
import { runsK3s } from "../model/roles.js";

/** A node that ports can be published on. */
export type PublishingNode = Pick<NodeDefinition, "name" | "role" | "index" | "ports">;

interface PortGroup {
  suffix: "proxy" | "direct";
  nodes: PublishingNode[];
}

/** Publishes every port of the config on its nodes or on the load balancer; returns what that forwards. */
export function planPorts(
  config: ResolvedConfig,
  nodes: readonly PublishingNode[],
  values: LoadBalancerValues | undefined,
): LoadBalancerValues | undefined {
  let result = values;
  for (const entry of config.ports) result = publishPort(entry, nodes, result);
  return result;
}

/** Publishes one port entry. Filters that match no node publish nothing. */
export function publishPort(
  entry: ResolvedPort,
  nodes: readonly PublishingNode[],
  values: LoadBalancerValues | undefined,
): LoadBalancerValues | undefined {
  const loadBalancer = nodes.find(({ role }) => role === "loadbalancer");
  let result = values;
  for (const group of portGroups(entry, nodes, loadBalancer !== undefined)) {
    if (group.nodes.length === 0) continue;
    for (const binding of entry.bindings) {
      if (group.suffix === "direct" || loadBalancer === undefined) {
        addPort(directTarget(entry, group.nodes), binding);
        continue;
      }
      if (binding.protocol === "sctp") {
        throw new K3dError(
          "INVALID_INPUT",
          `Port '${entry.port}' cannot go through the load balancer: it forwards tcp and udp only`,
          {
            hint: "Publish it on one node, e.g. --port 9899:9899/sctp@server:0:direct.",
          },
        );
      }
      addPort(loadBalancer, binding);
      if (result !== undefined) {
        result = addForward(
          result,
          binding.containerPort,
          binding.protocol,
          group.nodes.map(({ name }) => name),
        );
      }
    }
  }
  return result;
}

function portGroups(
  entry: ResolvedPort,
  nodes: readonly PublishingNode[],
  hasLoadBalancer: boolean,
): PortGroup[] {
  const { filters } = entry;
  const viaLoadBalancer =
    filters.length === 0 ||
    filters.some((filter) => filter.kind === "group" && filter.group === "loadbalancer");
  const k3sNodes = nodes.filter(runsK3s);
  if (viaLoadBalancer) return [{ suffix: "proxy", nodes: k3sNodes }];
  return selectNodes(filters, nodes, { suffixes: ["proxy", "direct"] }).groups.map(
    ({ suffix, nodes: selected }) => ({
      suffix: suffix ?? (hasLoadBalancer ? "proxy" : "direct"),
      nodes: selected.filter(runsK3s),
    }),
  );
}

function directTarget(entry: ResolvedPort, nodes: readonly PublishingNode[]): PublishingNode {
  const [node, ...more] = nodes;
  if (node === undefined || more.length > 0) {
    throw new K3dError(
      "INVALID_INPUT",
      `Port '${entry.port}' is published directly on ${nodes.length} nodes, but one host port can lead to one node only`,
      {
        hint: "Name one node, e.g. @server:0:direct, or keep the load balancer and use @servers:*:proxy.",
      },
    );
  }
  return node;
}

/**
 * Adds a binding once: at one address and at all of them, all of them have it.
 *
 * @throws `INVALID_INPUT` when the host port leads elsewhere already.
 */
export function addPort(node: Pick<NodeDefinition, "name" | "ports">, binding: PortBinding): void {
  const taken = node.ports.findIndex((port) => sharesHostPort(port, binding));
  const other = node.ports[taken];
  if (other === undefined) {
    node.ports.push(binding);
  } else if (other.containerPort !== binding.containerPort) {
    throw new K3dError(
      "INVALID_INPUT",
      `Host port ${binding.hostPort}/${binding.protocol} is mapped twice on ${node.name}: to ${other.containerPort} and to ${binding.containerPort}`,
      {
        hint: "Choose another host port for one of them.",
      },
    );
  } else if (isEveryAddress(binding.hostIp) && !isEveryAddress(other.hostIp)) {
    node.ports[taken] = binding;
  }
}
