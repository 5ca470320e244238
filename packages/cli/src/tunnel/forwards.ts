import { type ClusterView, isEveryAddress } from "@k3d/core";
import { isApi } from "../views/ports.js";

/** A published port that a tunnel brings here. */
export interface Forward {
  /** The container that publishes it. */
  node: string;
  containerPort: number;
  /** Where it is on the engine's machine. */
  host: string;
  port: number;
  /** Whether it is the Kubernetes API. */
  api: boolean;
}

/** What of a cluster a tunnel brings here, the API first; and for people what it cannot carry. */
export function forwardsOf({ nodes }: Pick<ClusterView, "nodes">): {
  forwards: Forward[];
  left: string[];
} {
  const forwards = new Map<string, Forward>();
  const left = new Set<string>();
  for (const { name, role, ports } of nodes) {
    for (const binding of ports) {
      const { hostIp, hostPort: port, containerPort, protocol } = binding;
      if (port === undefined) continue;
      const host = hostIp === undefined || isEveryAddress(hostIp) ? "127.0.0.1" : hostIp;
      const api = isApi(binding, role);
      if (protocol === "tcp")
        forwards.set(`${host}:${port}`, { node: name, containerPort, host, port, api });
      else left.add(`${port}/${protocol}`);
    }
  }
  const inOrder = [...forwards.values()].toSorted(
    (one, other) => Number(other.api) - Number(one.api) || one.port - other.port,
  );
  return { forwards: inOrder, left: [...left] };
}
