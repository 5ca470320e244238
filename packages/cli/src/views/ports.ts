import { API_PORT, isEveryAddress, type NodeView, type PortBinding } from "@k3d/core";

/** The ports of nodes that are published now, the API's left out, each once; in the words of `--port`. */
export function publishedPorts(nodes: readonly Pick<NodeView, "ports" | "role">[]): string {
  const all = nodes.flatMap(({ ports, role }) =>
    ports.filter((port) => !isApi(port, role)).flatMap(portText),
  );
  return [...new Set(all)].join(",");
}

/** Whether this is how the Kubernetes API is reached. */
export function isApi({ containerPort, protocol }: PortBinding, role: NodeView["role"]): boolean {
  return containerPort === API_PORT && protocol === "tcp" && role !== "registry";
}

function portText({ hostIp, hostPort, containerPort, protocol }: PortBinding): string[] {
  if (hostPort === undefined) return [];
  const address = isEveryAddress(hostIp) ? "" : `${bracketed(hostIp ?? "")}:`;
  return [`${address}${hostPort}:${containerPort}${protocol === "tcp" ? "" : `/${protocol}`}`];
}

/** An address as it stands in front of a port. */
export function bracketed(address: string): string {
  return address.includes(":") && !address.startsWith("[") ? `[${address}]` : address;
}
