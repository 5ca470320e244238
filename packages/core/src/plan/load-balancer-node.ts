import { loadBalancerFiles } from "../loadbalancer/files.js";
import type { LoadBalancerValues } from "../loadbalancer/values.js";
import { LABELS } from "../model/labels.js";
import type { DesiredCluster } from "./desired.js";

/** The cluster with these forwards, and with the files that tell its load balancer of them. */
export async function withForwards(
  desired: DesiredCluster,
  values: LoadBalancerValues,
): Promise<DesiredCluster> {
  const addressOf = (name: string): string | undefined =>
    desired.nodes.find((node) => node.name === name)?.spec.labels[LABELS.staticIp];
  const files = await loadBalancerFiles(values, addressOf);
  return {
    ...desired,
    loadBalancer: values,
    nodes: desired.nodes.map((node) => (node.role === "loadbalancer" ? { ...node, files } : node)),
  };
}
