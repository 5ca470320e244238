import type { ClusterPlan, PlannedNode } from "@k3d/core";
import { renderTable } from "@k3d/plugin-kit";

const MASK = "***";

/** A plan as data to look at: without the cluster's token. */
export function planJson(plan: ClusterPlan): unknown {
  return JSON.parse(JSON.stringify(plan, (_key, value: unknown) => maskToken(value, plan.token)));
}

/** A plan as a table for people. */
export function planTable(plan: ClusterPlan): string {
  const { network, volumes, images, nodes, kubeconfig, api } = plan;
  const rows = [
    ["network", network.name, verb(network.action), network.subnet ?? ""],
    ...volumes.map(({ name, action }) => ["volume", name, verb(action), ""]),
    ...images.map(({ reference, usedBy }) => [
      "image",
      reference,
      "use",
      `for ${counted(usedBy.length, "node")}`,
    ]),
    ...nodes.map((node) => [node.role, node.name, "create", nodeDetails(node)]),
    [
      "api",
      `${api.hostIp}:${api.port ?? "random"}`,
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
      `${hostIp === undefined ? "" : `${hostIp}:`}${hostPort ?? "random"}->${containerPort}/${protocol}`,
  );
  return [
    ...(initServer ? ["initialises"] : []),
    ...(ports.length > 0 ? [`ports ${ports.join(", ")}`] : []),
    ...(spec.mounts.length > 0 ? [counted(spec.mounts.length, "mount")] : []),
    ...(files.length > 0 ? [counted(files.length, "file")] : []),
  ].join("; ");
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function verb(action: "create" | "use" | "adopt" | "host"): string {
  return action === "host" ? "share the host's" : action;
}

function maskToken(value: unknown, token: string): unknown {
  return typeof value === "string" && token !== "" ? value.replaceAll(token, MASK) : value;
}
