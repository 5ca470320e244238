import { LABELS, type ContainerStatus, type NodeView, type PortBinding } from "@k3d/core";

/**
 * A node as `-o json` prints it. Field names are those of the Go k3d, so that scripts go on working;
 * `cluster`, `runtime`, `id` and `status` are k3d's own.
 */
export interface NodeJson {
  name: string;
  role: string;
  cluster?: string;
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
  serverOpts: { isInitializingServer: boolean };
  /** `Status` is the word of Docker's API, which the Go k3d prints: `exited` for a stopped node. */
  State: { Running: boolean; Status: string };
  IP: { IP: string };
}

export function nodeJson(node: NodeView): NodeJson {
  const { name, role, cluster, runtime, id, status, image, created } = node;
  const { [LABELS.clusterToken]: _token, ...runtimeLabels } = node.labels;
  return {
    name,
    role,
    ...(cluster === undefined ? {} : { cluster }),
    runtime,
    id,
    status,
    image,
    created: created.toISOString(),
    runtimeLabels,
    portMappings: portMappings(node.ports),
    serverOpts: { isInitializingServer: node.initServer },
    State: { Running: status === "running", Status: engineStatus(status) },
    IP: { IP: node.ipv4Address ?? "" },
  };
}

/** Docker knows the other OCI words too. */
function engineStatus(status: ContainerStatus): string {
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
