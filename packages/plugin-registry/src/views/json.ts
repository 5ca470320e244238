import type { RegistryView } from "@k3d/core";
import { nodeJson, type NodeJson } from "@k3d/plugin-kit";

/** A registry as `--json` prints it: its node, and what only a registry has. */
export interface RegistryJson extends NodeJson {
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
  const { hostIp, hostPort, internalPort, proxies, tls, authenticated, group } = registry;
  return {
    ...nodeJson(registry),
    hostIp,
    hostPort,
    internalPort,
    proxies,
    tls,
    authenticated,
    group,
    networks: registry.networks,
    usedBy: registry.usedBy,
  };
}
