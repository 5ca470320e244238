import {
  LABELS,
  maskArgs,
  type NodeStatus,
  type DetailedNode,
  type NodeDetails,
  type PortBinding,
} from "@k3d/core";
import { containerJson, type ContainerJson } from "./container-json.js";

/**
 * A node as `-o json` prints it. Field names are those of the Go k3d, so that scripts go on working;
 * `cluster`, `runtime`, `id` and `status` are k3d's own.
 *
 * The fields of {@link ContainerJson} are there where containers were inspected: in lists.
 */
export interface NodeJson extends Partial<ContainerJson> {
  name: string;
  role: string;
  cluster?: string;
  /** In a cluster over several machines: where it is. */
  machine?: string;
  runtime: string;
  id: string;
  /** OCI status word. */
  status: string;
  image: string;
  /** ISO 8601. */
  created: string;
  /** Without the cluster's token. */
  runtimeLabels: Record<string, string>;
  /** `<port>/<protocol>` → where it is published. */
  portMappings: Record<string, { HostIp: string; HostPort: string }[]>;
  Networks: string[];
  serverOpts: { isInitializingServer: boolean; kubeAPI: KubeApiJson };
  /** Has no fields in the Go k3d either. */
  agentOpts: Record<string, never>;
  /** `Status` is the word of Docker's API, which the Go k3d prints: `exited` for a stopped node. */
  State: { Running: boolean; Status: string; Started: string };
  IP: { IP: string; Static: boolean };
}

/** Where the API is exposed, as the labels of a server say. */
export interface KubeApiJson {
  Port: string;
  Binding: { HostIp: string; HostPort: string };
  host?: string;
}

export interface NodeJsonOptions {
  /** Show tokens and passwords in labels, environment and arguments. Default `false`: `***` instead. */
  secrets?: boolean;
}

export function nodeJson(node: DetailedNode, { secrets = false }: NodeJsonOptions = {}): NodeJson {
  const { name, role, cluster, machine, runtime, id, status, image, created, labels, details } =
    node;
  const { [LABELS.clusterToken]: token, ...rest } = labels;
  const runtimeLabels = secrets && token !== undefined ? labels : rest;
  return {
    name,
    role,
    cluster,
    ...(machine === undefined ? {} : { machine }),
    runtime,
    id,
    status,
    image,
    created: created.toISOString(),
    runtimeLabels,
    portMappings: portMappings(node.ports),
    Networks: node.networks,
    serverOpts: { isInitializingServer: node.initServer, kubeAPI: kubeApi(labels) },
    agentOpts: {},
    ...(details === undefined ? {} : containerJson(shown(details, secrets), labels)),
    State: {
      Running: status === "running",
      Status: engineStatus(status),
      Started: details?.startedAt?.toISOString() ?? "",
    },
    IP: { IP: node.ipv4Address ?? "", Static: Boolean(labels[LABELS.staticIp]) },
  };
}

function shown(details: NodeDetails, secrets: boolean): NodeDetails {
  if (secrets) return details;
  const { process } = details.spec;
  const masked = {
    ...process,
    env: maskArgs(process.env),
    ...(process.args === undefined ? {} : { args: maskArgs(process.args) }),
  };
  return { ...details, spec: { ...details.spec, process: masked } };
}

function kubeApi(labels: Readonly<Record<string, string>>): KubeApiJson {
  const host = labels[LABELS.apiHost];
  return {
    Port: "",
    Binding: {
      HostIp: labels[LABELS.apiHostIp] ?? "",
      HostPort: labels[LABELS.apiPort] ?? "",
    },
    host,
  };
}

/** Docker knows the other OCI words too. */
function engineStatus(status: NodeStatus): string {
  if (status === "stopped") return "exited";
  return status === "creating" ? "created" : status;
}

function portMappings(ports: readonly PortBinding[]): NodeJson["portMappings"] {
  const mappings: NodeJson["portMappings"] = {};
  for (const { containerPort, protocol, hostIp, hostPort } of ports) {
    (mappings[`${containerPort}/${protocol}`] ??= []).push({
      HostIp: hostIp ?? "",
      HostPort: hostPort === undefined ? "" : String(hostPort),
    });
  }
  return mappings;
}
