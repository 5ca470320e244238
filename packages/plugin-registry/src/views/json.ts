import type { PortBinding, RegistryView } from "@k3d/core";

/**
 * A registry as `--json` prints it. The names that begin a node's description
 * are those of the Go k3d, so that scripts go on working.
 */
export interface RegistryJson {
  /** Name of the container. */
  name: string;
  role: "registry";
  /** The cluster that it was made with. */
  cluster?: string;
  runtime: string;
  id: string;
  /** OCI status word. */
  status: string;
  image: string;
  /** ISO 8601. */
  created: string;
  runtimeLabels: Record<string, string>;
  /** `<port>/<protocol>` → where it is published. */
  portMappings: Record<string, { HostIp: string; HostPort: string }[]>;
  State: { Running: boolean; Status: string };
  hostIp?: string;
  hostPort?: number;
  internalPort: number;
  /** Host whose images it caches. */
  proxies?: string;
  tls: boolean;
  authenticated: boolean;
  group?: string;
  networks: string[];
  /** Clusters that can pull from it. */
  usedBy: string[];
}

export function registryJson(registry: RegistryView): RegistryJson {
  const {
    name,
    role,
    cluster,
    runtime,
    id,
    status,
    image,
    created,
    labels,
    ports,
    networks,
    usedBy,
  } = registry;
  const { hostIp, hostPort, internalPort, proxies, tls, authenticated, group } = registry;
  return {
    name,
    role,
    ...(cluster === undefined ? {} : { cluster }),
    runtime,
    id,
    status,
    image,
    created: created.toISOString(),
    runtimeLabels: labels,
    portMappings: portMappings(ports),
    State: { Running: status === "running", Status: status },
    ...(hostIp === undefined ? {} : { hostIp }),
    ...(hostPort === undefined ? {} : { hostPort }),
    internalPort,
    ...(proxies === undefined ? {} : { proxies }),
    tls,
    authenticated,
    ...(group === undefined ? {} : { group }),
    networks,
    usedBy,
  };
}

function portMappings(ports: readonly PortBinding[]): RegistryJson["portMappings"] {
  const mappings: RegistryJson["portMappings"] = {};
  for (const { containerPort, protocol, hostIp, hostPort } of ports) {
    (mappings[`${containerPort}/${protocol}`] ??= []).push({
      HostIp: hostIp ?? "",
      HostPort: hostPort === undefined ? "" : String(hostPort),
    });
  }
  return mappings;
}
