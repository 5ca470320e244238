import { parseAnswer } from "../errors/index.js";
import type { KubeClient } from "./kube-client.js";

interface EndpointSlice {
  endpoints?: { addresses?: string[] }[];
}

/**
 * Where the API of a cluster answers: at the address of each server whose own API has begun to, or
 * still did some seconds ago. `undefined` where the cluster does not tell.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
export async function apiAddresses(
  client: KubeClient,
  signal: AbortSignal,
): Promise<Set<string> | undefined> {
  const { status, body } = await client.send(
    { path: "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes" },
    signal,
  );
  if (status !== 200) return undefined;
  const { endpoints = [] } = parseAnswer<EndpointSlice>(body, "read where the API answers");
  return new Set(endpoints.flatMap(({ addresses = [] }) => addresses));
}
