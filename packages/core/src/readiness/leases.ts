import { parseAnswer } from "../errors/index.js";
import type { KubeClient } from "./kube-client.js";

interface LeaseList {
  items?: { metadata?: { name?: string }; spec?: { renewTime?: string } }[];
}

/**
 * When each node last renewed its lease. Kubelets do so every ten seconds and
 * at start, so a lease newer than a container's start shows that the node is
 * back, where its Node object alone may be a memory of before.
 * https://kubernetes.io/docs/concepts/architecture/leases/
 */
export async function nodeLeases(
  client: KubeClient,
  signal: AbortSignal,
): Promise<Map<string, Date>> {
  const { status, body } = await client.send(
    { path: "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases" },
    signal,
  );
  if (status !== 200) return new Map();
  const { items = [] } = parseAnswer<LeaseList>(body, "list the leases of the nodes");
  return new Map(
    items.flatMap(({ metadata, spec }) =>
      metadata?.name === undefined || spec?.renewTime === undefined
        ? []
        : [[metadata.name, new Date(spec.renewTime)] as const],
    ),
  );
}
