import { maskData, type ClusterPlan, type PlannedNode, type PlannedRegistries } from "@k3d/core";
import { renderTable } from "@k3d/plugin-kit";

/** A plan as data to look at: without its secrets. */
export function planJson(plan: ClusterPlan): Promise<unknown> {
  return maskData(JSON.parse(JSON.stringify(plan)));
}

/** A plan as a table for people. */
export function planTable(plan: ClusterPlan): string {
  const {
    network,
    volumes,
    directories,
    images,
    nodes,
    kubeconfig,
    api,
    loadBalancer,
    registries,
  } = plan;
  const rows = [
    ["network", network.name, verb(network.action), network.subnet ?? ""],
    ...volumes.map(({ name, action }) => ["volume", name, verb(action), ""]),
    ...directories.map((path) => ["directory", path, "create", ""]),
    ...images.map(({ reference, usedBy }) => [
      "image",
      reference,
      "use",
      `for ${counted(usedBy.length, "node")}`,
    ]),
    ...nodes.map((node) => [node.role, node.name, "create", nodeDetails(node)]),
    ...registries.use.map(({ name }) => ["registry", name, "use", endpoint(registries, name)]),
    ...Object.entries(loadBalancer?.ports ?? {}).map(([port, targets]) => [
      "forward",
      port.replace(".", "/"),
      "to",
      named(targets),
    ]),
    [
      "api",
      `${address(api.hostIp)}:${api.port ?? "random"}`,
      "publish",
      api.publishedBy === undefined ? "" : `on ${api.publishedBy}`,
    ],
    [
      "kubeconfig",
      "default",
      kubeconfig.update ? "update" : "leave",
      kubeconfig.switchContext ? "switch context" : "",
    ],
  ];
  return renderTable(["KIND", "NAME", "ACTION", "DETAILS"], rows);
}

function nodeDetails({ spec, files, initServer }: PlannedNode): string {
  const ports = spec.ports.map(
    ({ hostIp, hostPort, containerPort, protocol }) =>
      `${hostIp === undefined ? "" : `${address(hostIp)}:`}${hostPort ?? "random"}->${containerPort}/${protocol}`,
  );
  return [
    ...(initServer ? ["initialises"] : []),
    ...(ports.length > 0 ? [`ports ${ports.join(", ")}`] : []),
    ...(spec.mounts.length > 0 ? [counted(spec.mounts.length, "mount")] : []),
    ...(files.length > 0 ? [counted(files.length, "file")] : []),
  ].join("; ");
}

function endpoint({ use }: PlannedRegistries, name: string): string {
  const { externalPort, internalPort } = use.find((registry) => registry.name === name) ?? {};
  return externalPort === undefined ? `port ${internalPort}` : `port ${externalPort} of the host`;
}

/** An IPv6 address as it stands before a port. */
function address(ip: string): string {
  return ip.includes(":") ? `[${ip}]` : ip;
}

function named(nodes: readonly string[]): string {
  return nodes.length > 3 ? counted(nodes.length, "node") : nodes.join(", ");
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function verb(action: "create" | "use" | "adopt" | "host"): string {
  return action === "host" ? "share the host's" : action;
}
