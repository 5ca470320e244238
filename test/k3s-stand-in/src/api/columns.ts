import type { KubeObject, ObjectMeta } from "../store/types.ts";
import type { Resource } from "./resources.ts";
import { humanAge } from "./age.ts";

export interface Column {
  name: string;
  type?: "string" | "integer";
  format?: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  priority?: number;
  cell: (object: KubeObject) => string | number;
}

/** The fields that columns show; every one may be missing. */
interface Printable {
  metadata: ObjectMeta;
  type?: string;
  data?: object;
  binaryData?: object;
  secrets?: object;
  reason?: string;
  message?: string;
  lastTimestamp?: string;
  eventTime?: string;
  involvedObject?: { kind?: string; name?: string };
  spec?: {
    unschedulable?: boolean;
    nodeName?: string;
    containers?: object[];
    type?: string;
    clusterIP?: string;
    replicas?: number;
    holderIdentity?: string;
    ports?: { port: number; nodePort?: number; protocol?: string }[];
  };
  status?: {
    phase?: string;
    reason?: string;
    podIP?: string;
    conditions?: { type: string; status: string }[];
    addresses?: { type: string; address: string }[];
    nodeInfo?: Record<string, string>;
    containerStatuses?: { ready?: boolean; restartCount?: number }[];
    loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] };
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
  };
}

const name: Column = { name: "Name", format: "name", cell: (object) => object.metadata.name };
const age: Column = { name: "Age", cell: (object) => humanAge(object.metadata.creationTimestamp) };
const field = (
  title: string,
  of: (object: Printable) => string | number | undefined,
  more: Partial<Column> = {},
): Column => ({ name: title, cell: (object) => of(object) ?? "<none>", ...more });
const count = (title: string, of: (object: Printable) => object | undefined): Column => ({
  name: title,
  type: "integer",
  cell: (object) => Object.keys(of(object) ?? {}).length,
});

function nodeStatus(node: Printable): string {
  const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
  const state = ready?.status === "True" ? "Ready" : ready ? "NotReady" : "Unknown";
  return node.spec?.unschedulable ? `${state},SchedulingDisabled` : state;
}

function nodeRoles(node: Printable): string {
  const roles = Object.keys(node.metadata.labels ?? {})
    .filter((key) => key.startsWith("node-role.kubernetes.io/"))
    .map((key) => key.slice("node-role.kubernetes.io/".length))
    .sort();
  return roles.join(",") || "<none>";
}

const address =
  (type: string) =>
  (node: Printable): string | undefined =>
    node.status?.addresses?.find((item) => item.type === type)?.address;
const wide = { priority: 1 };

function ports(service: Printable): string {
  const list = (service.spec?.ports ?? []).map(
    (port) => `${port.port}${port.nodePort ? `:${port.nodePort}` : ""}/${port.protocol ?? "TCP"}`,
  );
  return list.join(",") || "<none>";
}

const columns: Record<string, Column[]> = {
  nodes: [
    name,
    field("Status", nodeStatus),
    field("Roles", nodeRoles),
    age,
    field("Version", (node) => node.status?.nodeInfo?.kubeletVersion),
    field("Internal-IP", address("InternalIP"), wide),
    field("External-IP", address("ExternalIP"), wide),
    field("OS-Image", (node) => node.status?.nodeInfo?.osImage, wide),
    field("Kernel-Version", (node) => node.status?.nodeInfo?.kernelVersion, wide),
    field("Container-Runtime", (node) => node.status?.nodeInfo?.containerRuntimeVersion, wide),
  ],
  namespaces: [name, field("Status", (object) => object.status?.phase), age],
  configmaps: [name, count("Data", (object) => ({ ...object.data, ...object.binaryData })), age],
  secrets: [
    name,
    field("Type", (object) => object.type),
    count("Data", (object) => object.data),
    age,
  ],
  serviceaccounts: [name, { ...count("Secrets", (object) => object.secrets) }, age],
  pods: [
    name,
    field(
      "Ready",
      (pod) =>
        `${(pod.status?.containerStatuses ?? []).filter((status) => status.ready).length}/${pod.spec?.containers?.length ?? 0}`,
    ),
    field("Status", (pod) => pod.status?.reason ?? pod.status?.phase),
    field("Restarts", (pod) => String(pod.status?.containerStatuses?.[0]?.restartCount ?? 0)),
    age,
    field("IP", (pod) => pod.status?.podIP, wide),
    field("Node", (pod) => pod.spec?.nodeName, wide),
  ],
  services: [
    name,
    field("Type", (service) => service.spec?.type ?? "ClusterIP"),
    field("Cluster-IP", (service) => service.spec?.clusterIP),
    field("External-IP", (service) =>
      service.status?.loadBalancer?.ingress?.map((item) => item.ip ?? item.hostname).join(","),
    ),
    field("Port(s)", ports),
    age,
  ],
  deployments: [
    name,
    field(
      "Ready",
      (object) => `${object.status?.readyReplicas ?? 0}/${object.spec?.replicas ?? 1}`,
    ),
    field("Up-to-date", (object) => object.status?.updatedReplicas ?? 0, { type: "integer" }),
    field("Available", (object) => object.status?.availableReplicas ?? 0, { type: "integer" }),
    age,
  ],
  events: [
    field("Last Seen", (event) =>
      humanAge(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp),
    ),
    field("Type", (event) => event.type),
    field("Reason", (event) => event.reason),
    field(
      "Object",
      (event) =>
        `${String(event.involvedObject?.kind ?? "").toLowerCase()}/${event.involvedObject?.name ?? ""}`,
    ),
    field("Message", (event) => event.message),
  ],
  leases: [name, field("Holder", (lease) => lease.spec?.holderIdentity), age],
};

/** The columns of a resource; those without their own show name and age. */
export function columnsOf(resource: Resource): Column[] {
  return columns[resource.plural] ?? [name, age];
}
