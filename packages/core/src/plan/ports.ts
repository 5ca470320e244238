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
  const draft = values && { ...values, ports: { ...values.ports } };
  const published = new Map(nodes.map((node) => [node, new PublishedPorts(node)]));
  for (const entry of config.ports) publish(entry, published, draft);
  return draft;
}

/** Publishes one port entry. Filters that match no node publish nothing. */
export function publishPort(
  entry: ResolvedPort,
  nodes: readonly PublishingNode[],
  values: LoadBalancerValues | undefined,
): LoadBalancerValues | undefined {
  const draft = values && { ...values, ports: { ...values.ports } };
  publish(entry, new Map(nodes.map((node) => [node, new PublishedPorts(node)])), draft);
  return draft;
}

function publish(
  entry: ResolvedPort,
  published: ReadonlyMap<PublishingNode, PublishedPorts>,
  draft: LoadBalancerValues | undefined,
): void {
  const nodes = [...published.keys()];
  const loadBalancer = nodes.find(({ role }) => role === "loadbalancer");
  for (const group of portGroups(entry, nodes, loadBalancer !== undefined)) {
    if (group.nodes.length === 0) continue;
    const isDirect = group.suffix === "direct" || loadBalancer === undefined;
    const publisher = isDirect ? directTarget(entry, group.nodes) : loadBalancer;
    const names = group.nodes.map(({ name }) => name);
    for (const binding of entry.bindings) {
      if (!isDirect && binding.protocol === "sctp") {
        throw new K3dError(
          "INVALID_INPUT",
          `Port '${entry.port}' cannot go through the load balancer: it forwards tcp and udp only`,
          {
            hint: `Publish it on one node, with --port ${entry.port}@server:0:direct.`,
          },
        );
      }
      published.get(publisher)?.add(binding);
      if (!isDirect && draft !== undefined)
        addForward(draft, binding.containerPort, binding.protocol, names);
    }
  }
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

/** Adds a binding to a node, as {@link PublishedPorts} does. */
export const addPort = (node: Publisher, binding: PortBinding): void =>
  new PublishedPorts(node).add(binding);

type Publisher = Pick<NodeDefinition, "name" | "ports">;

/** The ports of a node, found by the host port: ranges have thousands. */
class PublishedPorts {
  readonly #places = new Map<string, number[]>();

  constructor(private readonly node: Publisher) {
    for (const [index, port] of node.ports.entries()) this.#note(port, index);
  }

  /**
   * Adds a binding once: at one address and at all of them, all of them have it.
   *
   * @throws `INVALID_INPUT` when the host port leads elsewhere already.
   */
  add(binding: PortBinding): void {
    const { name, ports } = this.node;
    const places = this.#places.get(placeOf(binding)) ?? [];
    const taken = places.find((place) => sharesHostPort(ports[place] as PortBinding, binding));
    const other = taken === undefined ? undefined : ports[taken];
    if (taken === undefined || other === undefined) {
      this.#note(binding, ports.push(binding) - 1);
    } else if (other.containerPort !== binding.containerPort) {
      throw new K3dError(
        "INVALID_INPUT",
        `Host port ${binding.hostPort}/${binding.protocol} is mapped twice on ${name}: to ${other.containerPort} and to ${binding.containerPort}`,
        {
          hint: "Choose another host port for one of them.",
        },
      );
    } else if (isEveryAddress(binding.hostIp) && !isEveryAddress(other.hostIp)) {
      ports[taken] = binding;
    }
  }

  #note(port: PortBinding, index: number): void {
    if (port.hostPort === undefined) return;
    const key = placeOf(port);
    const places = this.#places.get(key);
    if (places === undefined) this.#places.set(key, [index]);
    else places.push(index);
  }
}

const placeOf = ({ hostPort, protocol }: PortBinding): string => `${hostPort}/${protocol}`;
