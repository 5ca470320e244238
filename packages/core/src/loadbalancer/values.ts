import type { PortProtocol } from "../runtime/container-spec.js";

/** Where the values live in the container, for `debug loadbalancer get-config` of either tool. */
export const LB_VALUES_PATH = "/etc/confd/values.yaml";
/** Lines `ADDRESS NAME` for the nodes whose address is fixed; the others are looked up by name. */
export const LB_ADDRESSES_PATH = "/etc/k3d/addresses";
/** What the container makes of both for nginx. */
export const LB_CONFIG_PATH = "/etc/nginx/nginx.conf";

/** What the load balancer forwards: the YAML at `/etc/confd/values.yaml`. */
export interface LoadBalancerValues {
  /** `<port>.<protocol>` → node names. */
  ports: Record<string, string[]>;
  settings: { workerConnections: number; defaultProxyTimeout: number };
}

export const DEFAULT_LB_SETTINGS = { workerConnections: 1024, defaultProxyTimeout: 600 } as const;

/** Adds `nodes` to what `port` is forwarded to, in place; returns the values. */
export function addForward(
  values: LoadBalancerValues,
  port: number,
  protocol: PortProtocol,
  nodes: readonly string[],
): LoadBalancerValues {
  const key = `${port}.${protocol}`;
  values.ports[key] = [...new Set([...(values.ports[key] ?? []), ...nodes])];
  return values;
}
