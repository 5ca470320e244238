import type { NodeDefinition } from "../node/node-definition.js";
import type { PortBinding } from "../runtime/container-spec.js";
import type { DesiredCluster } from "./desired.js";
import type { Facts } from "./facts.js";

/** A port whose host port the user left open. */
export interface OpenPort {
  /** What {@link Facts.settled} knows it by. */
  key: string;
  hostIp?: string;
}

/** Tells an open port of a container from all others of the cluster. */
export function openPortKey(
  container: string,
  { containerPort, protocol, hostIp = "" }: PortBinding,
): string {
  return `${container} ${hostIp}:${containerPort}/${protocol}`;
}

/** The host ports that somebody has to settle before this cluster can be made. */
export function openPorts({ nodes }: Pick<DesiredCluster, "nodes">): OpenPort[] {
  return nodes.flatMap(({ name, spec }) =>
    spec.ports
      .filter(({ hostPort }) => hostPort === undefined)
      .map((port) => ({
        key: openPortKey(name, port),
        hostIp: port.hostIp,
      })),
  );
}

/** Fills in the host ports that are settled. */
export function settlePorts(nodes: readonly NodeDefinition[], { settled }: Facts): void {
  for (const node of nodes) {
    node.ports = node.ports.map((port) => {
      const hostPort = port.hostPort ?? settled.hostPorts[openPortKey(node.name, port)];
      return hostPort === undefined ? port : { ...port, hostPort };
    });
  }
}
