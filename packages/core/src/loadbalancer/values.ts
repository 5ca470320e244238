import type { PortProtocol } from "../runtime/container-spec.js";

/** Where the values live in the container, for `debug loadbalancer get-config` of either tool. */
export const LB_VALUES_PATH = "/etc/confd/values.yaml";
export const LB_CONFIG_PATH = "/etc/nginx/nginx.conf";

/** What the load balancer forwards: the YAML at `/etc/confd/values.yaml`. */
export interface LoadBalancerValues {
  /** `<port>.<protocol>` → node names. */
  ports: Record<string, string[]>;
  settings: { workerConnections: number; defaultProxyTimeout: number };
}

export const DEFAULT_LB_SETTINGS = { workerConnections: 1024, defaultProxyTimeout: 600 } as const;

export interface ForwardedPort {
  port: number;
  protocol: PortProtocol;
  nodes: string[];
}

/** The entries of `values.ports`, in the order they stand there. */
export function forwardedPorts(values: LoadBalancerValues): ForwardedPort[] {
  return Object.entries(values.ports).map(([key, nodes]) => {
    const [port, protocol] = key.split(".");
    return { port: Number(port), protocol: (protocol ?? "tcp") as PortProtocol, nodes };
  });
}

/** Adds `nodes` to what `port` is forwarded to; returns new values. */
export function addForward(
  values: LoadBalancerValues,
  port: number,
  protocol: PortProtocol,
  nodes: readonly string[],
): LoadBalancerValues {
  const key = `${port}.${protocol}`;
  const merged = [...new Set([...(values.ports[key] ?? []), ...nodes])];
  return { ...values, ports: { ...values.ports, [key]: merged } };
}
