import { parsePortSpec } from "../config/ports.js";
import { K3dError } from "../errors/index.js";
import { parseNodeFilter } from "../filters/node-filter.js";
import { splitFlagValue } from "../filters/split-flag.js";
import type { PortBinding } from "../runtime/container-spec.js";
import { isSameAddress, sharesHostPort } from "../runtime/host-ports.js";
import { portText } from "./describe.js";
import type { DesiredCluster } from "./desired.js";
import { withForwards } from "./load-balancer-node.js";
import { type PublishingNode, publishPort } from "./ports.js";

/**
 * A cluster with other ports published.
 *
 * @param add `SPEC[@FILTER…]` as in `--port`.
 * @param remove the same; a port that nobody publishes is an error.
 * @throws `INVALID_INPUT`.
 */
export async function withPorts(
  desired: DesiredCluster,
  add: readonly string[],
  remove: readonly string[],
): Promise<DesiredCluster> {
  const nodes = desired.nodes.map(({ name, role, index, spec }): PublishingNode => ({
    name,
    role,
    index,
    ports: [...spec.ports],
  }));
  let values = desired.loadBalancer;
  for (const text of remove) {
    for (const port of parsePortSpec(splitFlagValue(text, "port").value))
      unpublish(port, text, nodes);
  }
  for (const text of add) {
    const { value: port, nodeFilters } = splitFlagValue(text, "port");
    refusePublished(port, text, nodes);
    const filters = (nodeFilters ?? []).map((filter) => parseNodeFilter(filter));
    values = publishPort({ port, filters, bindings: parsePortSpec(port) }, nodes, values);
  }
  const balancer = nodes.find(({ role }) => role === "loadbalancer");
  const published = (key: string): boolean =>
    balancer?.ports.some(
      ({ containerPort, protocol }) => key === `${containerPort}.${protocol}`,
    ) === true;
  const before = new Set(
    desired.nodes
      .filter(({ role }) => role === "loadbalancer")
      .flatMap(({ spec }) =>
        spec.ports.map(({ containerPort, protocol }) => `${containerPort}.${protocol}`),
      ),
  );
  const changed: DesiredCluster = {
    ...desired,
    nodes: desired.nodes.map((node, position) => ({
      ...node,
      spec: { ...node.spec, ports: nodes[position]?.ports ?? [] },
    })),
  };
  if (values === undefined) return changed;
  // What is no longer published need not be forwarded.
  const ports = Object.fromEntries(
    Object.entries(values.ports).filter(([key]) => published(key) || !before.has(key)),
  );
  return withForwards(changed, { ...values, ports });
}

function unpublish(port: PortBinding, text: string, nodes: PublishingNode[]): void {
  let found = 0;
  for (const node of nodes) {
    const kept = node.ports.filter((other) => !matches(port, other));
    found += node.ports.length - kept.length;
    node.ports = kept;
  }
  if (found > 0) return;
  const all = nodes.flatMap(({ ports }) => ports.map(portText));
  throw new K3dError("INVALID_INPUT", `No node publishes port '${text}'`, {
    hint: all.length === 0 ? "None publishes any port." : `Published are: ${all.join(", ")}.`,
  });
}

function matches(wanted: PortBinding, found: PortBinding): boolean {
  return (
    wanted.containerPort === found.containerPort &&
    wanted.protocol === found.protocol &&
    (wanted.hostPort === undefined || wanted.hostPort === found.hostPort) &&
    (wanted.hostIp === undefined || isSameAddress(wanted.hostIp, found.hostIp))
  );
}

/**
 * A port that is published just so is no change, as with the Go k3d.
 *
 * @throws `INVALID_INPUT` when the host port leads elsewhere.
 */
function refusePublished(spec: string, text: string, nodes: readonly PublishingNode[]): void {
  for (const port of parsePortSpec(spec)) {
    if (port.hostPort === undefined) continue;
    const leadsElsewhere = (other: PortBinding): boolean =>
      sharesHostPort(other, port) && other.containerPort !== port.containerPort;
    const owner = nodes.find(({ ports }) => ports.some(leadsElsewhere));
    if (owner === undefined) continue;
    throw new K3dError(
      "INVALID_INPUT",
      `Port '${text}' cannot be added: ${owner.name} publishes host port ${port.hostPort} already`,
      {
        hint: "Choose another host port, or remove that one with --port-delete.",
      },
    );
  }
}
